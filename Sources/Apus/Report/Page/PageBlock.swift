internal import Platform

/// A part of a page.
protocol PageBlock: Sendable {
    /// The block as HTML. It ends with a line break.
    var html: HTML { get }
}

/// Code to copy.
struct CodeBlock: PageBlock {
    /// The language: `Command line`, `Swift`.
    let title: String
    let code: String

    var html: HTML {
        """
        <figure class="code">
        <figcaption>\(title)</figcaption>
        <pre tabindex="0"><code>\(code)</code></pre>
        </figure>

        """
    }
}

/// A list of terms with their values.
struct Facts: PageBlock {
    struct Fact: Sendable {
        let term: String
        let parts: [TextPart]

        fileprivate var html: HTML { "<div><dt>\(term)</dt><dd>\(parts.map(\.html))</dd></div>\n" }
    }

    let facts: [Fact]

    /// Creates a list without the terms whose text is nil.
    init(_ facts: [(term: String, text: String?)]) {
        self.facts = facts.compactMap { fact in fact.text.map { Fact(term: fact.term, parts: TextPart.parts(of: $0)) } }
    }

    var html: HTML {
        """
        <dl class="facts">
        \(facts.map(\.html))</dl>

        """
    }
}

/// A part of a text in which file names keep their extensions on one line.
struct TextPart: Sendable {
    let text: String
    /// Whether no line breaks in this part: the extension of a file name.
    let isWhole: Bool

    var html: HTML { isWhole ? #"<span class="whole">\#(text)</span>"# : "\(text)" }

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

    var html: HTML {
        """
        <details>
        <summary>\(title)</summary>
        \(blocks.map { "\($0.html)\n" })</details>

        """
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

    var html: HTML { "\(texts.map { "\n<p\(if: isNote, #" class="note""#)>\($0)</p>\n" })" }
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

        fileprivate var html: HTML {
            let advice: HTML? = advice.map { #"<p class="advice"><b>Try</b> \#($0.parts.map(\.html))</p>"# }
            return "<li class=\"\(weight)\"><p>\(text)</p>\(advice)</li>\n"
        }
    }

    /// A text with properties of configurations in backticks.
    struct Advice: Sendable {
        struct Part: Sendable {
            let text: String
            let isCode: Bool

            fileprivate var html: HTML { isCode ? "<code>\(text)</code>" : "\(text)" }
        }

        let parts: [Part]

        init(_ text: String) {
            parts = text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map {
                Part(text: String($1), isCode: $0 % 2 == 1)
            }
        }
    }

    let notices: [Notice]

    var html: HTML {
        """
        <ul class="notices">
        \(notices.map(\.html))</ul>

        """
    }
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

    var html: HTML {
        """
        <h3>\(title)</h3>
        <p>\(lead)</p>
        <ul class="gallery">
        \(items.map(\.html))</ul>

        """
    }
}

extension Gallery.Item {
    fileprivate var html: HTML {
        let name: HTML? = file.map { file in
            let (stem, end) = Self.parts(of: file)
            return #"<span class="file"><span class="stem">\#(stem)</span><span class="end">\#(end)</span></span>"#
        }
        return """
            <li><figure class="\(mark.rawValue)"><picture>\(image.html(description))</picture><figcaption>\
            <b>\(title)</b>\(lines.map { "<span>\($0)</span>" })\(name)\
            </figcaption></figure></li>

            """
    }

    /// The parts of a file name. Of a long one, the stem is cut.
    private static func parts(of name: String) -> (stem: String, end: String) {
        let ending = name.fileEnding
        let full = name.dropLast(ending.count)
        // Numbers are at the end of a name. Letters of other scripts may be joined, so they are not separated.
        let tail = full.suffix(full.utf8.count > 12 ? 4 : 0)
        let kept = tail.allSatisfy(\.isASCII) ? tail.count : 0
        return (String(full.dropLast(kept)), String(full.suffix(kept)) + ending)
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

        fileprivate var html: HTML { #"<th scope="col"\#(if: isNumeric, #" class="number""#)>\#(title)</th>"# }
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

        fileprivate var html: HTML {
            let key: HTML? = value.map { #" data-value="\#($0.description)""# }
            return #"<td\#(if: isNumeric, #" class="number""#)\#(key)>\#(text)</td>"#
        }
    }

    struct Row: Sendable {
        let cells: [Cell]

        fileprivate var html: HTML { "<tr>\(cells.map(\.html))</tr>\n" }
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

    var html: HTML {
        """
        <div class="table\(if: isLong, " long")" tabindex="0" role="region" aria-label="\(caption)">
        <table>
        <caption>\(caption)</caption>
        <thead><tr>\(columns.map(\.html))</tr></thead>
        <tbody>
        \(rows.map(\.html))</tbody>
        </table>
        </div>

        """
    }
}
