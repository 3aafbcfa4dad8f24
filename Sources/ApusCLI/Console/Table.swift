internal import Platform
internal import Torch

/// A table of text.
struct Table {
    /// The alignment of the cells of a column.
    enum Alignment { case left, right }

    private let alignments: [Alignment]
    private var rows: [[String]]

    init(_ header: [(String, Alignment)]) {
        alignments = header.map(\.1)
        rows = [header.map(\.0.printable)]
    }

    /// Adds a row. Cells are made printable.
    mutating func add(_ cells: [String]) { rows.append(cells.map(\.printable)) }

    /// The table with a line under its header.
    var text: String { text(widths: widths) }

    /// Returns the table with lines of at most `width` columns: as it is, or with rows and columns exchanged, or with
    /// long cells cut in the middle. Nil for no limit.
    func text(width: Int?) -> String {
        guard let width, lineWidth > width else { return text }
        let turned = transposed
        if turned.lineWidth <= width { return turned.text }
        // The form of which less is cut.
        let forms = [self, turned].map { (table: $0, widths: $0.fitted(to: width)) }
        func lost(_ form: (table: Table, widths: [Int])) -> Int {
            let isTooWide = Self.lineWidth(form.widths) > width
            return (isTooWide ? 1_000_000 : 0)
                + zip(form.table.widths, form.widths).reduce(0) { $0 + $1.0 - $1.1 } * form.table.rows.count
        }
        let best = lost(forms[1]) < lost(forms[0]) ? forms[1] : forms[0]
        return best.table.text(widths: best.widths)
    }

    /// The number of columns of the longest cell in each column.
    private var widths: [Int] {
        alignments.indices.map { column in rows.map { $0[column].displayWidth }.max() ?? 0 }
    }

    private var lineWidth: Int { Self.lineWidth(widths) }

    private static func lineWidth(_ widths: [Int]) -> Int { widths.reduce(0, +) + 2 * max(0, widths.count - 1) }

    /// The table with its first column as header.
    private var transposed: Table {
        var table = Table(rows.enumerated().map { ($1[0], $0 == 0 ? .left : .right) })
        for column in alignments.indices.dropFirst() { table.add(rows.map { $0[column] }) }
        return table
    }

    /// Returns smaller widths of the columns, the widest of which are cut, each to at least 5.
    private func fitted(to width: Int) -> [Int] {
        var widths = widths
        var excess = Self.lineWidth(widths) - width
        while excess > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 5 {
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func text(widths: [Int]) -> String {
        let rows = rows.map { cells in zip(cells, widths).map { $0.cutInMiddle(to: $1) } }
        var lines = rows.map { cells in
            let padded = cells.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - cells[column].displayWidth)
                return alignments[column] == .left ? cells[column] + space : space + cells[column]
            }
            let line = padded.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
        lines.insert(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "), at: 1)
        return lines.joined(separator: "\n")
    }
}

extension String {
    /// The number of terminal columns of the text: two for a Chinese character or an emoji, by Unicode's East Asian
    /// Width (UAX 11).
    var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

    /// The text for a cell of a table: `printable`, and cut in the middle to a width.
    func cell(width: Int = 40) -> String { printable.cutInMiddle(to: width) }

    /// Returns the text with its middle cut out if it has more than `width` terminal columns. A file name keeps its
    /// extension: `sunflow…12.jpg`.
    func cutInMiddle(to width: Int) -> String {
        guard displayWidth > width, width > 0 else { return self }
        let room = width - 1
        let ending = fileEnding
        let end = max(0, min(room - 1, max(room / 2, ending.isEmpty ? 0 : ending.displayWidth + 2)))
        let head = prefix(ofWidth: room - end)
        let tail = String(String(reversed()).prefix(ofWidth: end).reversed())
        // Half an extension would look like another one.
        return ending.displayWidth > end ? prefix(ofWidth: room) + "…" : head + "…" + tail
    }

    /// Returns the first characters that fill at most `width` terminal columns.
    private func prefix(ofWidth width: Int) -> String {
        var (kept, columns) = ("", 0)
        for character in self {
            guard columns + character.displayWidth <= width else { break }
            kept.append(character)
            columns += character.displayWidth
        }
        return kept
    }
}

extension Character {
    fileprivate var displayWidth: Int {
        guard let first = unicodeScalars.first else { return 0 }
        let properties = first.properties
        if properties.generalCategory == .nonspacingMark || properties.generalCategory == .format { return 0 }
        let isEmoji = properties.isEmojiPresentation || unicodeScalars.contains("\u{FE0F}")
        return isEmoji || Self.wide.contains { $0.contains(first.value) } ? 2 : 1
    }

    /// The blocks of wide characters.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
        0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD,
    ]
}
