/// Pictures beside one another, each of which can be enlarged.
struct Gallery: PageBlock {
    enum Mark: String, Sendable {
        case right, wrong, none
    }

    struct Item: Sendable {
        let picture: PageFigure.Picture
        /// What the picture shows, for those who can't see it.
        let description: String
        /// The line below, and smaller ones below that.
        let title: String
        let lines: [String]
        /// Whether what is said of it is right.
        let mark: Mark
    }

    /// The heading.
    let title: String
    /// What is to be seen.
    let lead: String
    let items: [Item]

    func markup(_ templates: PageTemplates) -> Markup {
        templates.render(
            .gallery,
            View(
                title: title, lead: lead,
                items: items.map {
                    View.Item(
                        address: $0.picture.address, width: $0.picture.width, height: $0.picture.height,
                        description: $0.description, title: $0.title, lines: $0.lines, mark: $0.mark.rawValue)
                }))
    }

    private struct View {
        struct Item {
            let address: String
            let width: Int, height: Int
            let description: String, title: String
            let lines: [String]
            let mark: String
        }

        let title: String, lead: String
        let items: [Item]
    }
}
