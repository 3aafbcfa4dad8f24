internal import Platform

/// A part of a page.
protocol PageBlock: Sendable {
    /// What it looks like.
    func markup(_ templates: PageTemplates) -> Markup
}

/// HTML that a template made: text in it is escaped already.
struct Markup: Sendable {
    let html: String
}

/// Lines to copy.
struct CodeBlock: PageBlock {
    /// What they are: `Command line`, `Swift`.
    let title: String
    let code: String

    func markup(_ templates: PageTemplates) -> Markup { templates.render(.code, self) }
}

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

    /// A text in which properties of configurations stand between backticks.
    struct Advice: Sendable {
        struct Part: Sendable {
            let text: String
            let isCode: Bool
        }

        let parts: [Part]

        init(_ text: String) {
            parts = text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map {
                Part(text: String($1), isCode: $0 % 2 == 1)
            }
        }
    }

    let notices: [Notice]

    func markup(_ templates: PageTemplates) -> Markup { templates.render(.notices, self) }
}

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

/// A table whose columns sort.
struct PageTable: PageBlock {
    struct Column: Sendable {
        let title: String
        /// Whether it holds numbers: these stand to the right.
        let isNumeric: Bool

        static func text(_ title: String) -> Column { Column(title: title, isNumeric: false) }
        static func number(_ title: String) -> Column { Column(title: title, isNumeric: true) }
    }

    struct Cell: Sendable {
        /// What is shown.
        let text: String
        let isNumeric: Bool
        /// What a number sorts by; nil for a text, and where there is no number.
        let value: Double?

        static func text(_ text: String) -> Cell { Cell(text: text, isNumeric: false, value: nil) }

        /// A number; `nil` or none at all is shown as a dash and sorts last.
        static func number(_ value: Double?, _ text: (Double) -> String) -> Cell {
            guard let value, value.isFinite else { return Cell(text: "–", isNumeric: true, value: nil) }
            return Cell(text: text(value), isNumeric: true, value: value)
        }

        static func number(_ value: Int) -> Cell { number(Double(value)) { _ in value.grouped } }
    }

    struct Row: Sendable {
        let cells: [Cell]
    }

    /// What it holds, for those who can't see it.
    let caption: String
    let columns: [Column]
    let rows: [Row]
    /// Whether it is so long that it scrolls in a frame of its own, and is cut on paper.
    let isLong: Bool

    init(caption: String, columns: [Column], rows: [[Cell]]) {
        (self.caption, self.columns) = (caption, columns)
        self.rows = rows.map(Row.init)
        isLong = rows.count > 20
    }

    func markup(_ templates: PageTemplates) -> Markup { templates.render(.table, self) }
}
