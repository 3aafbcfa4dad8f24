/// Terms and what there is to say of each.
struct Facts: PageBlock {
    struct Fact: Sendable {
        let term: String, text: String
    }

    let facts: [Fact]

    /// Facts of which those without a text are left out.
    init(_ facts: [(term: String, text: String?)]) {
        self.facts = facts.compactMap { fact in fact.text.map { Fact(term: fact.term, text: $0) } }
    }

    func markup(_ templates: PageTemplates) -> Markup { templates.render(.facts, self) }
}
