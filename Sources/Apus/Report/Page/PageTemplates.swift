internal import Foundation
internal import Mustache
internal import Torch

/// The templates of pages.
struct PageTemplates: Sendable {
    /// Each bears the name of its file.
    enum Name: String, CaseIterable {
        case page, paragraphs, facts, notices, table, figure, gallery, code, fold

        fileprivate var text: [UInt8] {
            switch self {
            case .page: PackageResources.page_mustache
            case .paragraphs: PackageResources.paragraphs_mustache
            case .facts: PackageResources.facts_mustache
            case .notices: PackageResources.notices_mustache
            case .table: PackageResources.table_mustache
            case .figure: PackageResources.figure_mustache
            case .gallery: PackageResources.gallery_mustache
            case .code: PackageResources.code_mustache
            case .fold: PackageResources.fold_mustache
            }
        }
    }

    private let templates: [Name: MustacheTemplate]

    /// The templates, read once.
    static var shared: PageTemplates { get throws { try made.get() } }

    private static let made = Result { try PageTemplates() }

    /// What pages look like, and what makes tables sort and pictures grow.
    static let style = String(decoding: PackageResources.page_css, as: UTF8.self)
    static let script = String(decoding: PackageResources.page_js, as: UTF8.self)

    private init() throws {
        MustacheContentTypes.register(PlainText(), named: PlainText.name)
        templates = try Dictionary(
            uniqueKeysWithValues: Name.allCases.map { name in
                let text = "{{% CONTENT_TYPE:\(PlainText.name)}}" + String(decoding: name.text, as: UTF8.self)
                return (name, try MustacheTemplate(string: text))
            })
    }

    /// Fills a template with a value's properties.
    func render(_ name: Name, _ value: Any) -> Markup {
        Markup(html: templates[name]?.render(value) ?? "")
    }
}

/// Text as HTML shows it unchanged.
///
/// The engine's own escaping goes by characters as people see them, so that a quotation mark under a combining accent
/// would pass and end an attribute. This one goes by bytes. What cannot be seen is shown as `printable` has it.
private struct PlainText: MustacheContentType {
    static let name = "PLAINTEXT"

    func escapeText(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.printableLines.utf8 {
            switch byte {
            case UInt8(ascii: "<"): bytes += "&lt;".utf8
            case UInt8(ascii: ">"): bytes += "&gt;".utf8
            case UInt8(ascii: "&"): bytes += "&amp;".utf8
            case UInt8(ascii: "\""): bytes += "&quot;".utf8
            case UInt8(ascii: "'"): bytes += "&#39;".utf8
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
