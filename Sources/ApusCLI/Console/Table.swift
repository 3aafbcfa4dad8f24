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
    var text: String {
        let widths = alignments.indices.map { column in rows.map { $0[column].displayWidth }.max() ?? 0 }
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
    /// The number of terminal columns of the text: two for a Chinese character or an emoji, by Unicode's East Asian Width
    /// (UAX 11).
    var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

    /// The text for a cell of a table: `printable`, and cut to a width.
    func cell(width: Int = 40) -> String {
        let clean = printable
        guard clean.displayWidth > width else { return clean }
        var (kept, columns) = ("", 0)
        for character in clean {
            guard columns + character.displayWidth < width else { break }
            kept.append(character)
            columns += character.displayWidth
        }
        return kept + "…"
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
