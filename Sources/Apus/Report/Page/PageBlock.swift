internal import Platform

/// A part of a page.
protocol PageBlock: Sendable {
    /// Returns the HTML of the block.
    func markup(_ templates: PageTemplates) -> Markup
}

/// HTML from a template, in which text is already escaped.
struct Markup: Sendable {
    let html: String
}

/// Code to copy.
struct CodeBlock: PageBlock {
    /// The language: `Command line`, `Swift`.
    let title: String
    let code: String

    func markup(_ templates: PageTemplates) -> Markup { templates.render(.code, self) }
}

/// A list of terms with their values.
struct Facts: PageBlock {
    struct Fact: Sendable {
        let term: String
        let parts: [TextPart]
    }

    let facts: [Fact]

    /// Creates a list without the terms whose text is nil.
    init(_ facts: [(term: String, text: String?)]) {
        self.facts = facts.compactMap { fact in fact.text.map { Fact(term: fact.term, parts: TextPart.parts(of: $0)) } }
    }

    func markup(_ templates: PageTemplates) -> Markup { templates.render(.facts, self) }
}

/// A part of a text in which file names keep their extensions on one line.
struct TextPart: Sendable {
    let text: String
    /// Whether no line breaks in this part: the extension of a file name.
    let isWhole: Bool

    /// Returns the extensions of the file names in a text, and the parts between them.
    static func parts(of text: String) -> [TextPart] {
        var parts: [TextPart] = []
        var plain = ""
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        for (index, word) in words.enumerated() {
            if index > 0 { plain += " " }
            let ending = word.fileEnding
            plain += word.dropLast(ending.count)
            guard !ending.isEmpty else { continue }
            parts += [TextPart(text: plain, isWhole: false), TextPart(text: ending, isWhole: true)]
            plain = ""
        }
        return parts + [TextPart(text: plain, isWhole: false)]
    }
}

/// Blocks that are hidden until the reader opens them.
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
    /// Whether the text is small, as in notes.
    let isNote: Bool

    init(_ texts: String..., isNote: Bool = false) {
        (self.texts, self.isNote) = (texts, isNote)
    }

    func markup(_ templates: PageTemplates) -> Markup { templates.render(.paragraphs, self) }
}

/// A list of messages, such as warnings.
struct Notices: PageBlock {
    enum Weight: String, Sendable {
        case good, hint, warning
    }

    struct Notice: Sendable {
        /// The CSS class: `good`, `hint` or `warning`.
        let weight: String
        let text: String
        /// What to try; nil if there is nothing to fix.
        let advice: Advice?

        init(_ weight: Weight, _ text: String, advice: String? = nil) {
            (self.weight, self.text, self.advice) = (weight.rawValue, text, advice.map(Advice.init))
        }
    }

    /// A text with properties of configurations in backticks.
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

/// Images in rows, each of which can be enlarged.
struct Gallery: PageBlock {
    enum Mark: String, Sendable {
        case right, wrong, none
    }

    struct Item: Sendable {
        let image: PageFigure.Content
        /// The alternative text.
        let description: String
        /// The first line below the image, and further lines.
        let title: String
        let lines: [String]
        /// The name of the image's file, the last line; nil for none.
        let file: String?
        /// Whether the prediction is correct.
        let mark: Mark
    }

    /// The heading.
    let title: String
    /// A sentence below the heading.
    let lead: String
    let items: [Item]

    func markup(_ templates: PageTemplates) -> Markup {
        templates.render(
            .gallery,
            View(
                title: title, lead: lead,
                items: items.map {
                    View.Item(
                        address: $0.image.address, width: $0.image.width, height: $0.image.height,
                        description: $0.description, title: $0.title, lines: $0.lines,
                        file: $0.file.map(View.File.init), mark: $0.mark.rawValue)
                }))
    }

    private struct View {
        struct Item {
            let address: String
            let width: Int, height: Int
            let description: String, title: String
            let lines: [String]
            let file: File?
            let mark: String
        }

        /// The parts of a file name. Of a long one, the stem is cut.
        struct File {
            let stem: String, end: String

            init(_ name: String) {
                let ending = name.fileEnding
                let full = name.dropLast(ending.count)
                // Numbers are at the end of a name. Letters of other scripts may be joined, so they are not separated.
                let tail = full.suffix(full.utf8.count > 12 ? 4 : 0)
                let kept = tail.allSatisfy(\.isASCII) ? tail.count : 0
                stem = String(full.dropLast(kept))
                end = String(full.suffix(kept)) + ending
            }
        }

        let title: String, lead: String
        let items: [Item]
    }
}

/// A table whose columns sort.
struct PageTable: PageBlock {
    struct Column: Sendable {
        let title: String
        /// Whether the column contains numbers, which are aligned right.
        let isNumeric: Bool

        static func text(_ title: String) -> Column { Column(title: title, isNumeric: false) }
        static func number(_ title: String) -> Column { Column(title: title, isNumeric: true) }
    }

    struct Cell: Sendable {
        /// The text of the cell.
        let text: String
        let isNumeric: Bool
        /// The value that the cell is sorted by; nil for text and for missing numbers.
        let value: Double?

        static func text(_ text: String) -> Cell { Cell(text: text, isNumeric: false, value: nil) }

        /// Returns a cell with a number. Nil, NaN and infinity are shown as a dash and sorted last.
        static func number(_ value: Double?, _ text: (Double) -> String) -> Cell {
            guard let value, value.isFinite else { return Cell(text: "–", isNumeric: true, value: nil) }
            return Cell(text: text(value), isNumeric: true, value: value)
        }

        static func number(_ value: Int) -> Cell { number(Double(value)) { _ in value.grouped } }
    }

    struct Row: Sendable {
        let cells: [Cell]
    }

    /// The caption for screen readers.
    let caption: String
    let columns: [Column]
    let rows: [Row]
    /// Whether the table scrolls in its own frame and is cut in print.
    let isLong: Bool

    init(caption: String, columns: [Column], rows: [[Cell]]) {
        (self.caption, self.columns) = (caption, columns)
        self.rows = rows.map(Row.init)
        isLong = rows.count > 20
    }

    func markup(_ templates: PageTemplates) -> Markup { templates.render(.table, self) }
}
