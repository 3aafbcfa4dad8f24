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
