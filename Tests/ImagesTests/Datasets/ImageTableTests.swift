import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Tables and lists of images")
struct ImageTableTests {
    private func open(_ folder: TemporaryFolder, _ text: String, name: String = "data.csv") throws -> OpenedDataset {
        try? FileManager.default.removeItem(atPath: folder.path(name))
        try folder.write(name, text.utf8)
        return try openDataset(at: folder.path(name))
    }

    @Test("Records equal those of Python's csv module")
    func records() throws {
        let tables: [String: [[String]]] = try Goldens.json("data/tables.json")
        #expect(tables.count >= 10)
        for (name, records) in tables {
            let file = try TextFile(FilePath(Goldens.url("data/tables/\(name)").path))
            let text = try DelimitedText(file, delimiter: DelimitedText.delimiter(of: file))
            #expect(text.records.map { $0.fields.map { String(decoding: $0, as: UTF8.self) } } == records, "\(name)")
        }
    }

    @Test("Line numbers equal those of an editor")
    func lines() throws {
        let folder = try TemporaryFolder()
        try folder.write("a.csv", "path,label\r\n\r\n\"x\r\ny.jpg\",cat\r\nz.jpg,dog\r\n".utf8)
        let text = try DelimitedText(TextFile(FilePath(folder.path("a.csv"))), delimiter: UInt8(ascii: ","))
        #expect(text.records.map(\.line) == [1, 3, 5])
    }

    @Test(
        "A table may have a header",
        arguments: [
            "path,label,split\na.png,cat,train\nsub/b.png,dog,val\na.png,dog,test\n",
            "a.png,cat,Train\nsub/b.png,dog,validation\na.png,dog,testing\n",
            "id,split,class,filename\n7,,cat,a.png\n8,val,dog,sub/b.png\n9,test,dog,a.png\n",
            "\u{feff}Image,Label,Set\r\n\"a.png\",\"cat\",\"train\"\r\n\"sub/b.png\",dog,valid\r\na.png,dog,test",
            "path;label;split\na.png;cat;train\nsub/b.png;dog;val\na.png;dog;test\n",
            "image id,breed,split\na.png,cat,train\nsub/b.png,dog,val\na.png,dog,test\n",
        ])
    func splits(text: String) throws {
        let folder = try TemporaryFolder()
        try folder.writeImage("a.png")
        try folder.writeImage("sub/b.png")
        try folder.write("data.csv", text.utf8)
        let opened = try openDataset(at: folder.path("data.csv"), allowsEmptyClasses: true)
        #expect(opened.location.layout == .table)
        #expect(opened.classNames == ["cat", "dog"])
        #expect(opened.training.labels == [0])
        #expect(opened.validation?.labels == [1] && opened.test?.labels == [1])
        #expect(opened.validation?.name(at: 0) == folder.path("sub/b.png"))
        #expect(try opened.validation?.image(at: 0, options: .init()).width == 4)
        #expect(!opened.isMultiLabel)
        let error = #expect(throws: DatasetError.self) { try openDataset(at: folder.path("data.csv")) }
        #expect(error?.code == .emptyClass)
    }

    @Test("Semicolons separate labels")
    func multiLabel() throws {
        let folder = try TemporaryFolder()
        for name in ["a", "b", "c", "d"] { try folder.writeImage(name + ".png") }
        let opened = try open(
            folder, "path,labels\na.png,sea; beach;sea\nb.png,\nc.png,town\nd.png,a\\;b;town\n")
        #expect(opened.isMultiLabel && opened.training.isMultiLabel)
        #expect(opened.classNames == ["a;b", "beach", "sea", "town"])
        #expect((0..<4).map { opened.training.labels(at: $0) } == [[2, 1], [], [3], [0, 3]])
        #expect(opened.training.countsByClass == [1, 1, 1, 2])
        let subset = Subset(of: opened.training, indices: [3, 0])
        #expect(subset.isMultiLabel && subset.labels(at: 0) == [0, 3])
        let other = try subset.relabeled(to: ["town", "sea", "beach", "a;b"])
        #expect(other.isMultiLabel && other.labels(at: 0) == [3, 0] && other.labels(at: 1) == [1, 2])
    }

    @Test("Paths are absolute or relative to the table's folder, and may be any bytes")
    func paths() throws {
        let folder = try TemporaryFolder()
        try folder.writeImage("photos/ a\"b,c.png")
        try folder.writeImage("photos/2.png")
        let absolute = folder.path("photos/2.png")
        let opened = try open(folder, "../photos/ a\"b,c.png".quotedField + ",x\n\(absolute),y\n", name: "tables/t.csv")
        #expect(try (0..<2).map { try opened.training.image(at: $0, options: .init()).height } == [3, 3])
        let tabs = try open(folder, "photos/ a\"b,c.png\tx\nphotos/2.png\ty\n", name: "t.tsv")
        #expect(tabs.training.name(at: 0) == folder.path("photos/ a\"b,c.png"))
    }

    @Test(
        "An error in a table gives the line number",
        arguments: [
            ("a.png,cat\nb.png\n", DatasetError.Code.damagedFile, "line 2"),
            ("a.png,cat\n\n,dog\n", .damagedFile, "line 3"),
            ("a.png,cat\na.png,\na.png,\n", .damagedFile, "line 2: the label is empty, and on 1 more"),
            ("a.png,cat,train\na.png,dog,7\n", .damagedFile, "'7' is not a split"),
            ("a.png,cat\n\"a.png,dog\n", .damagedFile, "line 2: a quoted field is never closed"),
            ("a.png,\"c\"at\n", .damagedFile, "line 1: there is text after"),
            ("a.png,cat\na.png,cat\n", .tooFewClasses, "\"cat\""),
            ("", .empty, "contains no images"),
            ("path,label\n", .empty, "contains no images"),
            ("x/a.png,cat\nx/b.png,dog\n", .missing, "none of the first 2"),
            ("a.png,cat,test\na.png,dog,test\n", .empty, "no training images"),
            ("a.png\0,cat\n", .damagedFile, "UTF-8"),
        ])
    func errors(text: String, reason: DatasetError.Code, message: String) throws {
        let folder = try TemporaryFolder()
        try folder.writeImage("a.png")
        let error = #expect(throws: DatasetError.self) { try open(folder, text) }
        #expect(error?.code == reason)
        #expect(error?.path == folder.path("data.csv"))
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test("A list of paths is labeled by folders or by a pattern")
    func lists() throws {
        let folder = try TemporaryFolder()
        for name in ["cat/1_x.png", "dog/2_y.png"] { try folder.writeImage(name) }
        let opened = try open(folder, "cat/1_x.png\r\n\r\n./dog/2_y.png\r\n", name: "list.txt")
        #expect(opened.location.layout == .list)
        #expect(opened.classNames == ["cat", "dog"] && opened.training.labels == [0, 1])
        let pattern = try openDataset(at: folder.path("list.txt"), options: .init(labelPattern: "_([a-z])"))
        #expect(pattern.classNames == ["x", "y"])
        // With a pattern a table needs no labels.
        try folder.write("paths.csv", "path\ncat/1_x.png\ndog/2_y.png\n".utf8)
        let table = try openDataset(at: folder.path("paths.csv"), options: .init(labelPattern: "^(cat|dog)/"))
        #expect(table.classNames == ["cat", "dog"] && table.training.labels == [0, 1])
    }

    @Test("A list without folders has no labels")
    func listErrors() throws {
        let folder = try TemporaryFolder()
        try folder.writeImage("1.png")
        let error = #expect(throws: DatasetError.self) { try open(folder, "1.png\n", name: "list.txt") }
        #expect(error?.code == .ambiguous && error?.message.hasPrefix("line 1") == true)
        #expect(#expect(throws: DatasetError.self) { try open(folder, "\n", name: "list.txt") }?.code == .empty)
        #expect(
            #expect(throws: DatasetError.self) { try open(folder, "x/1.png\n", name: "list.txt") }?.code == .missing)
    }

    @Test("A table is read back as it was written")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let names = ["plain", "semi;colon", "quote\"d", "comma, d", "ünï"]
        for (number, name) in names.enumerated() {
            for copy in 0..<4 { try folder.writeImage("photos/\(name)/\(number)\(copy).png") }
        }
        let opened = try openDataset(at: folder.path("photos"))
        let split = try opened.split(validation: .fraction(0.25), test: .fraction(0.25), seed: 1)
        #expect([split.training.count, split.validation.count, split.test?.count] == [10, 5, 5])
        try folder.write("split.csv", try split.table(in: folder.path).utf8)
        let again = try openDataset(at: folder.path("split.csv"))
        #expect(again.classNames == opened.classNames && !again.isMultiLabel)
        for (one, other) in [
            (split.training as any ImageDataset, again.training), (split.validation, again.validation),
        ]
            as [(any ImageDataset, (any ImageDataset)?)]
        {
            #expect(other.map { part in (0..<part.count).map(part.name) } == (0..<one.count).map(one.name))
            #expect(other?.labels == one.labels)
        }
        #expect(again.test?.labels == split.test?.labels)
        // From another folder the paths are absolute.
        let elsewhere = try TemporaryFolder()
        try elsewhere.write("split.csv", try split.table(in: elsewhere.path).utf8)
        #expect(try openDataset(at: elsewhere.path("split.csv")).training.labels == split.training.labels)
        #expect(throws: DatasetError.self) {
            try DatasetTable.text(of: [(nil, MemoryDataset(count: 2))], in: folder.path)
        }
    }
}

extension String {
    fileprivate var quotedField: String { "\"" + replacing("\"", with: "\"\"") + "\"" }
}
