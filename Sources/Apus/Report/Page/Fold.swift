/// What is shown only to those who ask for it.
struct Fold: PageBlock {
    let title: String
    let blocks: [any PageBlock]

    func markup(_ templates: PageTemplates) -> Markup {
        templates.render(.fold, View(title: title, blocks: blocks.map { $0.markup(templates) }))
    }

    private struct View {
        let title: String
        let blocks: [Markup]
    }
}
