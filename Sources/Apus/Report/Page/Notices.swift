/// What a reader should know, and do.
struct Notices: PageBlock {
    enum Weight: String, Sendable {
        case good, hint, warning
    }

    struct Notice: Sendable {
        /// `good`, `hint` or `warning`: the template's word for the weight.
        let weight: String
        let text: String
        /// What helps; nil where there is nothing to mend.
        let advice: String?

        init(_ weight: Weight, _ text: String, advice: String? = nil) {
            (self.weight, self.text, self.advice) = (weight.rawValue, text, advice)
        }
    }

    let notices: [Notice]

    func markup(_ templates: PageTemplates) -> Markup { templates.render(.notices, self) }
}
