import Foundation
import TestSupport
import Testing

/// `--format csv` as a reader of RFC 4180 reads it.
@Suite("CSV for spreadsheets") struct SpreadsheetTests {
    /// The rows of an RFC 4180 text, by its scalars.
    private func rows(_ text: String) throws -> [[String]] {
        var rows: [[String]] = [[]]
        var field = String.UnicodeScalarView()
        var isQuoted = false
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch (scalar, isQuoted) {
            case ("\"", true) where rest.first == "\"": field.append(rest.removeFirst())
            case ("\"", true): isQuoted = false
            case ("\"", false):
                try #require(field.isEmpty, "a quotation mark in an unquoted field")
                isQuoted = true
            case (",", false), ("\n", false):
                rows[rows.count - 1].append(String(field))
                field = .init()
                if scalar == "\n" { rows.append([]) }
            default: field.append(scalar)
            }
        }
        try #require(!isQuoted && field.isEmpty, "the text ends within a row")
        return rows.dropLast()
    }

    @Test("Every field is read back as it was written") func roundTrip() throws {
        try withTemporaryFolder { folder in
            // The last name has an accent on its comma: another character, but the same byte.
            let names = [
                "a,b.png", "a\"b.png", "\"a\".png", "line\nbreak.png", "plain.png", "é \u{65}\u{301}.png",
                "x,\u{301}y.png",
            ]
            try writeImages(in: folder.appending(path: "photos"), count: 1)
            let image = try Data(contentsOf: folder.appending(path: "photos/red/0.png"))
            let paths = names.map { "\(folder.path)/\($0)" }
            for path in paths { try image.write(to: URL(filePath: path)) }
            let bad = "\(folder.path)/no, \"image\".png"
            try Data("text".utf8).write(to: URL(filePath: bad))

            let command = try Command(
                arguments: ["predict", TrainedRun.model] + paths + [bad] + ["--format", "csv", "-q"])
            #expect(command.status == 1)
            let rows = try rows(command.output)
            let columns = ["file", "label", "index", "probability", "milliseconds", "unknown", "error", "time"]
            #expect(rows.first == columns)
            #expect(rows.allSatisfy { $0.count == 8 })
            #expect(rows.dropFirst().map { Array($0[0].utf8) } == (paths + [bad]).map { Array($0.utf8) })
            for row in rows.dropFirst().dropLast() {
                #expect(["blue", "red"].contains(row[1]))
                #expect(row[1] == (row[2] == "0" ? "blue" : "red"))
                #expect((0.5...1).contains(Double(row[3]) ?? 0))
                #expect((Double(row[4]) ?? 0) > 0)
                #expect(row[5...7] == ["", "", ""])
            }
            let last = try #require(rows.last)
            #expect(last[1...4] == ["", "", "", ""])
            #expect(last[6].contains(bad))
        }
    }
}
