/// A part of a page.
protocol PageBlock: Sendable {
    /// What it looks like.
    func markup(_ templates: PageTemplates) -> Markup
}

/// HTML that a template made: text in it is escaped already.
struct Markup: Sendable {
    let html: String
}
