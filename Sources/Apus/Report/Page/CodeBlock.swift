/// Lines to copy.
struct CodeBlock: PageBlock {
    /// What they are: `Command line`, `Swift`.
    let title: String
    let code: String

    func markup(_ templates: PageTemplates) -> Markup { templates.render(.code, self) }
}
