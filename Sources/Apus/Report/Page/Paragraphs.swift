/// Paragraphs of text.
struct Paragraphs: PageBlock {
    let texts: [String]
    /// Whether they are set small, as notes are.
    let isNote: Bool

    init(_ texts: String..., isNote: Bool = false) {
        (self.texts, self.isNote) = (texts, isNote)
    }

    func markup(_ templates: PageTemplates) -> Markup { templates.render(.paragraphs, self) }
}
