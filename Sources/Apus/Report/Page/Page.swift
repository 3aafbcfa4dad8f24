internal import COpenSSL
internal import Classifier
internal import Foundation
internal import Mustache
internal import Platform
internal import Torch

/// An HTML document in one file that loads no other files. It supports light and dark mode, print and small screens.
///
/// All text is plain: it is escaped, never interpreted as markup.
struct Page: Sendable {
    /// The kind of document, shown above the title.
    var kind: String
    /// The title.
    var title: String
    /// The main result in a sentence or two.
    var lead: String
    /// The most important metrics, shown at the top.
    var keyMetrics: [KeyMetric] = []
    /// The sections.
    var sections: [PageSection]
    /// The last line: the versions that created the document.
    var colophon: String

    /// Returns the HTML file.
    ///
    /// - Throws: `ApusError` if a template is missing from the program or if libcrypto fails.
    func html() throws -> [UInt8] {
        let templates = try PageTemplates.shared
        let (style, script) = (PageTemplates.style, PageTemplates.script)
        let view = PageView(
            kind: kind, title: title, titleParts: TextPart.parts(of: title), lead: lead,
            hasKeyMetrics: !keyMetrics.isEmpty, keyMetrics: keyMetrics,
            hasContents: sections.count > 2,
            sections: sections.enumerated().map { number, section in
                PageView.Section(
                    anchor: "section-\(number + 1)", title: section.title,
                    blocks: section.blocks.map { $0.markup(templates) })
            },
            colophon: colophon, style: style, script: script,
            // The browser must not load anything that is not in the file itself.
            policy: "default-src 'none'; img-src data:; style-src '\(try contentHash(of: style))'; "
                + "script-src '\(try contentHash(of: script))'; base-uri 'none'; form-action 'none'")
        return Array(templates.render(.page, view).html.utf8)
    }
}

/// A section with a heading.
struct PageSection: Sendable {
    let title: String
    let blocks: [any PageBlock]

    init(_ title: String, _ blocks: [any PageBlock]) {
        (self.title, self.blocks) = (title, blocks)
    }
}

/// A metric at the top of a page.
struct KeyMetric: Sendable {
    /// The value as text.
    let value: String
    /// The name of the metric.
    let label: String
    /// A note, such as the confidence interval.
    let detail: String?

    init(_ value: String, _ label: String, detail: String? = nil) {
        (self.value, self.label) = (value, label)
        // A number and its unit stay on one line.
        self.detail = detail?.replacing(" %", with: "\u{A0}%")
    }
}

/// The values for the template of a page.
private struct PageView {
    struct Section {
        let anchor: String, title: String
        let blocks: [Markup]
    }

    let kind: String, title: String
    let titleParts: [TextPart]
    let lead: String
    let hasKeyMetrics: Bool
    let keyMetrics: [KeyMetric]
    let hasContents: Bool
    let sections: [Section]
    let colophon: String
    let style: String, script: String, policy: String
}

/// Returns the source expression `sha256-…` that allows a style or script in a content security policy.
///
/// W3C: Content Security Policy Level 3, 2.3.1.
///
/// - Throws: `ApusError` if libcrypto fails.
func contentHash(of text: String) throws(ApusError) -> String {
    let bytes = Array(text.utf8)
    var digest = [UInt8](repeating: 0, count: 32)
    guard EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil) == 1 else {
        throw ApusError(
            .systemFailure, "libcrypto failed to compute the SHA-256 of a page's style",
            advice: "check the installation of OpenSSL")
    }
    return "sha256-" + Data(digest).base64EncodedString()
}

/// The templates of pages.
struct PageTemplates: Sendable {
    /// The names of the templates' files.
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

    /// The style sheet, and the script that sorts tables and enlarges images.
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

/// Escapes text for HTML.
///
/// The template engine escapes whole characters, so a quotation mark with a combining accent would end an attribute. This
/// type escapes bytes. Invisible characters are shown as in `printable`.
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
