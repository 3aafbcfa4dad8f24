import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("File names as bytes")
struct FileNameTests {
    @Test(
        "Any bytes are recovered from their string",
        arguments: [
            Array("café.png".utf8), [0x63, 0xE9, 0x2E], [0xFF, 0xFE], [0xC3], [0xE2, 0x82], [0xE2, 0x82, 0x41],
            [0xED, 0xB3, 0xA9], [0xF0, 0x9F, 0x98], [0xC0, 0xAF], [0xF5, 0x80], [0x41, 0xF4, 0x8F, 0xBA, 0xA9, 0x42],
            [0xF4, 0x8F, 0xBF, 0xBF], Array("蚂蚁 🐜".utf8) + [0x80, 0xBF],
        ] as [[UInt8]])
    func roundTrip(_ bytes: [UInt8]) {
        let name = String(fileName: bytes)
        #expect(name.fileNameBytes == bytes)
        #expect(name.isText == (String(validating: bytes, as: UTF8.self) != nil && !bytes.starts(with: [0x41, 0xF4])))
        #expect(FilePath(FilePath(bytes: bytes).text).bytes == bytes)
        #expect(name.withFileName { String(fileName: $0) } == name)
    }

    @Test("Two names that differ in an invalid byte are different strings")
    func different() {
        #expect(String(fileName: [0xE9]) != String(fileName: [0xEA]))
    }

    @Test(
        "Control and invisible characters are shown as escapes",
        arguments: [
            ("x\u{1B}[31m\ny", "x\\x1b[31m\\ny"), ("\u{9B}31m\u{7F}\r\t", "\\u{9b}31m\\x7f\\r\\t"),
            ("a\u{202E}b\u{2066}c\u{2069}", "a\\u{202e}b\\u{2066}c\\u{2069}"), ("ca\u{200B}t", "ca\\u{200b}t"),
            ("ca\u{200D}t", "ca\\u{200d}t"), ("\u{FEFF}cat\u{AD}", "\\u{feff}cat\\u{ad}"),
            ("a\u{2028}b", "a\\u{2028}b"),
            ("cat\u{E0041}", "cat\\u{e0041}"), ("a\u{FE0F}", "a\\u{fe0f}"), ("\u{3164}", "\\u{3164}"),
            ("👩‍👩‍👧 ❤️‍🔥 1️⃣ نمی‌خواهم", "👩‍👩‍👧 ❤️‍🔥 1️⃣ نمی‌خواهم"), ("é e\u{301} 蚂蚁 नहीं", "é e\u{301} 蚂蚁 नहीं"),
            (String(fileName: [0x63, 0xE9]), "c\\xe9"),
        ])
    func printable(_ text: String, _ shown: String) {
        #expect(Array(text.printable.utf8) == Array(shown.utf8))
        #expect("\(text)\nx".printableLines.hasSuffix("\nx"))
    }

    /// Writes a small image under a name of any bytes.
    private func writeImage(_ name: [UInt8], in folder: TemporaryFolder, gray: UInt8 = 128) throws {
        try folder.writeImage("original.png", gray: gray)
        let path = FilePath(folder.path).appending(name)
        try #require(folder.path("original.png").withFileName { old in path.withCString { rename(old, $0) } } == 0)
    }

    @Test("Files with names that are not UTF-8 are found, read, and written to tables and lists")
    func bytesInNames() throws {
        let folder = try TemporaryFolder()
        try folder.make("a", "b")
        try writeImage(Array("a/caf".utf8) + [0xE9] + Array(".png".utf8), in: folder, gray: 10)
        try writeImage(Array("a/caf".utf8) + [0xEA] + Array(".png".utf8), in: folder, gray: 20)
        try writeImage(Array("b/1.png".utf8), in: folder)
        let data = try openDataset(at: folder.path)
        func gray(_ dataset: OpenedDataset, _ index: Int) throws -> UInt8 {
            try dataset.training.image(at: index, options: .init()).pixels[0]
        }
        #expect(try [gray(data, 0), gray(data, 1)] == [10, 20])
        let table = try DatasetTable.text(of: [(nil, data.training)], in: folder.path)
        #expect(table.fileNameBytes.contains(0xE9))
        try folder.write("table.csv", table.fileNameBytes)
        let list = (0..<3).map { data.training.name(at: $0) + "\r\n" }.joined()
        try folder.write("list.txt", [0xEF, 0xBB, 0xBF] + list.fileNameBytes)
        for name in ["table.csv", "list.txt"] {
            let again = try openDataset(at: folder.path(name))
            #expect(try [gray(again, 0), gray(again, 1)] == [10, 20])
            #expect((0..<3).map { again.training.name(at: $0) } == (0..<3).map { data.training.name(at: $0) })
        }
        #expect(try ImageList(paths: [data.training.name(at: 1)]).image(at: 0, options: .init()).pixels[0] == 20)
    }

    @Test("A label that is not UTF-8 is an error, and two such labels are not merged")
    func labelEncoding() throws {
        let folder = try TemporaryFolder()
        try writeImage([0xE9] + Array(".1.png".utf8), in: folder)
        try writeImage([0xEA] + Array(".1.png".utf8), in: folder)
        let error = #expect(throws: DatasetError.self) { try openDataset(at: folder.path) }
        #expect(error?.message.contains("UTF-8") == true)
        let pattern = DatasetOptions(labelPattern: "^(.)")
        #expect(throws: DatasetError.self) { try openDataset(at: folder.path, options: pattern) }
        let list = try TemporaryFolder()
        try list.write("l.txt", [0xE9] + Array("/1.png\n".utf8) + [0xEA] + Array("/1.png\n".utf8))
        #expect(throws: DatasetError.self) { try openDataset(at: list.path("l.txt")) }
    }

    @Test("Class names keep spaces, semicolons and backslashes in tables and lists of classes")
    func blanksInClassNames() throws {
        let folder = try TemporaryFolder()
        let names = [
            " cat", "Cat", "a\\;b", "c;d", "cat", "cat ", "cat  ", "e\\", "\u{65}\u{301}", "é", "=1+1", "'=x", "-7",
        ]
        for name in names { try folder.writeImage("photos/\(name)/1.png") }
        let data = try openDataset(at: folder.path("photos"))
        #expect(data.classNames.count == names.count)
        let table = try DatasetTable.text(of: [(nil, data.training)], in: folder.path)
        try folder.write("table.csv", table.fileNameBytes)
        let again = try openDataset(at: folder.path("table.csv"))
        #expect(again.classNames.map { Array($0.utf8) } == data.classNames.map { Array($0.utf8) })
        #expect(again.training.labels == data.training.labels)
        #expect(
            (0..<names.count).map { again.training.name(at: $0) }
                == (0..<names.count).map { data.training.name(at: $0) })

        try folder.write("classes.txt", (data.classNames.joined(separator: "\n") + "\n").utf8)
        let classes = try DatasetOptions.classNames(folder.path("classes.txt"))
        #expect(classes.map { Array($0.utf8) } == data.classNames.map { Array($0.utf8) })
        #expect(
            try openDataset(at: folder.path("photos"), options: .init(classes: classes)).training.count == names.count)
        // A space that no class name has is an error.
        let plain = try TemporaryFolder()
        for name in ["a", "b"] { try plain.writeImage("\(name)/1.png") }
        #expect(try openDataset(at: plain.path, options: .init(classes: ["b ", "\ta"])).classNames == ["b", "a"])
    }

    @Test("Cells that look like formulas are escaped, numbers are not, and all are read back")
    func spreadsheets() throws {
        let texts = [
            "=cmd|'/c calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", "'=x", "''=x", "＝x", "'tis", "plain",
            "a=b",
            "-", "\"=1\"", " x ", "é",
        ]
        let dangerous = Set("=+-@\t\r\n＝".unicodeScalars)
        for text in texts {
            let field = CSV.field(text)
            let cell = field.hasPrefix("\"") ? String(field.dropFirst()) : field
            #expect(cell.unicodeScalars.first.map(dangerous.contains) == false, "\(field)")
        }
        for number in ["-0.5", "+3", "-1e-05", "12", "-inf"] { #expect(CSV.field(number) == number) }
        let folder = try TemporaryFolder()
        try folder.write("a.csv", texts.map { CSV.line([$0, "-1.5"]) + "\n" }.joined().utf8)
        let records = try DelimitedText(TextFile(FilePath(folder.path("a.csv"))), delimiter: UInt8(ascii: ",")).records
        #expect(records.map(\.fields) == texts.map { [Array($0.utf8), Array("-1.5".utf8)] })
    }
}
