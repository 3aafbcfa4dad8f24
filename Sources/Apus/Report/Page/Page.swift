internal import Foundation
internal import Platform

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

    /// The style sheet, and the script that sorts tables and enlarges images.
    static let style = String(decoding: PackageResources.page_css, as: UTF8.self)
    static let script = String(decoding: PackageResources.page_js, as: UTF8.self)

    /// Returns the HTML file.
    func html() -> [UInt8] { Array(document.text.utf8) }

    private var document: HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="\(policy)">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="generator" content="Apus">
        <title>\(title)</title>
        <style>\(own: Self.style)</style>
        </head>
        <body>
        <header>
        <p class="kind">\(kind)</p>
        <h1>\(TextPart.parts(of: title).map(\.html))</h1>
        <p class="lead">\(lead)</p>
        \(keyMetrics.isEmpty ? nil : keyMetricList)</header>
        \(sections.count > 2 ? contents : nil)<main>
        \(numbered.map { $1.html(anchor: $0) })</main>
        <footer><p>\(colophon)</p></footer>
        <script>\(own: Self.script)</script>
        </body>
        </html>

        """
    }

    private var keyMetricList: HTML {
        """
        <dl class="key-metrics">
        \(keyMetrics.map(\.html))</dl>

        """
    }

    private var contents: HTML {
        """
        <nav aria-label="Contents"><ol>
        \(numbered.map { $1.entry(anchor: $0) })</ol></nav>

        """
    }

    /// The sections with the names of their anchors.
    private var numbered: [(anchor: String, section: PageSection)] {
        sections.enumerated().map { ("section-\($0 + 1)", $1) }
    }

    /// The browser must not load anything that is not in the file itself.
    private var policy: String {
        "default-src 'none'; img-src data:; style-src '\(contentHash(of: Self.style))'; "
            + "script-src '\(contentHash(of: Self.script))'; base-uri 'none'; form-action 'none'"
    }
}

/// A section with a heading.
struct PageSection: Sendable {
    let title: String
    let blocks: [any PageBlock]

    init(_ title: String, _ blocks: [any PageBlock]) {
        (self.title, self.blocks) = (title, blocks)
    }

    /// The entry in the list of contents.
    func entry(anchor: String) -> HTML {
        """
        <li><a href="#\(anchor)">\(title)</a></li>

        """
    }

    func html(anchor: String) -> HTML {
        """
        <section aria-labelledby="\(anchor)">
        <h2 id="\(anchor)">\(title)</h2>
        \(blocks.map { "\($0.html)\n" })</section>

        """
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

    var html: HTML {
        let note: HTML? = detail.map { #"<dd class="detail">\#($0)</dd>"# }
        return "<div><dt>\(label)</dt><dd>\(value)</dd>\(note)</div>\n"
    }
}

/// Returns the source expression `sha256-…` that allows a style or script in a content security policy.
///
/// W3C: Content Security Policy Level 3, 2.3.1.
func contentHash(of text: String) -> String {
    let digest = SHA256Digest()
    Array(text.utf8).withUnsafeBytes(digest.update)
    return "sha256-" + Data(digest.finishedBytes()).base64EncodedString()
}
