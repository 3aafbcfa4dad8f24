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
        let advice: Advice?

        init(_ weight: Weight, _ text: String, advice: String? = nil) {
            (self.weight, self.text, self.advice) = (weight.rawValue, text, advice.map(Advice.init))
        }
    }

    /// A text whose flags, such as `--val-split`, stay on one line.
    struct Advice: Sendable {
        struct Word: Sendable {
            let text: String
            let isFlag: Bool
        }

        let words: [Word]

        init(_ text: String) {
            words = text.split(separator: " ").map { Word(text: String($0), isFlag: $0.contains("--")) }
        }
    }

    let notices: [Notice]

    func markup(_ templates: PageTemplates) -> Markup { templates.render(.notices, self) }
}
