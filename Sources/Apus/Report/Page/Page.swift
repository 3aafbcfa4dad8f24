internal import Foundation

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
