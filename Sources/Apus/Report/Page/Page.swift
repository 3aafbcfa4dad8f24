internal import COpenSSL
internal import Classifier
internal import Foundation
internal import Mustache
internal import Platform
internal import Torch

/// A document of one file, which fetches nothing: it opens from disk, in light and dark, on paper and on a phone.
///
/// All text is plain: whatever it holds is shown as it is and never taken for markup.
struct Page: Sendable {
    /// What kind of document it is: a word or two above the title.
    var kind: String
    /// What it is about.
    var title: String
    /// What matters most, in a sentence or two.
    var lead: String
    /// The figures to remember.
    var keyFigures: [KeyFigure] = []
    /// The rest, in chapters.
    var sections: [PageSection]
    /// What made it, at the foot.
    var colophon: String

    /// The file.
    ///
    /// - Throws: `ApusError` where the program was built without its own templates, or libcrypto fails.
    func html() throws -> [UInt8] {
        let templates = try PageTemplates.shared
        let (style, script) = (PageTemplates.style, PageTemplates.script)
        let view = PageView(
            kind: kind, title: title, lead: lead, hasKeyFigures: !keyFigures.isEmpty, keyFigures: keyFigures,
            hasContents: sections.count > 2,
            sections: sections.enumerated().map { number, section in
                PageView.Section(
                    anchor: "section-\(number + 1)", title: section.title,
                    blocks: section.blocks.map { $0.markup(templates) })
            },
            colophon: colophon, style: style, script: script,
            // Nothing may be loaded but what stands in the file itself: the browser holds the page to it.
            policy: "default-src 'none'; img-src data:; style-src '\(try contentHash(of: style))'; "
                + "script-src '\(try contentHash(of: script))'; base-uri 'none'; form-action 'none'")
        return Array(templates.render(.page, view).html.utf8)
    }
}

/// A chapter.
struct PageSection: Sendable {
    let title: String
    let blocks: [any PageBlock]

    init(_ title: String, _ blocks: [any PageBlock]) {
        (self.title, self.blocks) = (title, blocks)
    }
}

/// A figure to remember.
struct KeyFigure: Sendable {
    /// The figure, as it is shown.
    let value: String
    /// What it is.
    let label: String
    /// How sure it is, or what of.
    let detail: String?

    init(_ value: String, _ label: String, detail: String? = nil) {
        (self.value, self.label, self.detail) = (value, label, detail)
    }
}

/// What the template of a page sees.
private struct PageView {
    struct Section {
        let anchor: String, title: String
        let blocks: [Markup]
    }

    let kind: String, title: String, lead: String
    let hasKeyFigures: Bool
    let keyFigures: [KeyFigure]
    let hasContents: Bool
    let sections: [Section]
    let colophon: String
    let style: String, script: String, policy: String
}

/// The source expression `sha256-…` that lets a content security policy admit a style or script of just this text.
///
/// W3C: Content Security Policy Level 3, 2.3.1.
///
/// - Throws: `ApusError` where libcrypto refuses.
func contentHash(of text: String) throws(ApusError) -> String {
    let bytes = Array(text.utf8)
    var digest = [UInt8](repeating: 0, count: 32)
    guard EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil) == 1 else {
        throw ApusError(
            .systemFailure, "libcrypto makes no SHA-256 of a page's style", advice: "check the library of OpenSSL")
    }
    return "sha256-" + Data(digest).base64EncodedString()
}

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
