import Foundation
import TestSupport
import Testing

@testable import Images
@testable import Platform

/// Tar archives in WebDataset's form.
@Suite("Shards") struct ShardTests {
    private static func png(_ gray: UInt8) -> [UInt8] {
        (try? Image(width: 3, height: 2, pixels: [UInt8](repeating: gray, count: 18)).pngData()) ?? []
    }

    /// A sample with an image and the members next to it.
    private static func sample(_ key: String, _ members: [String: String], gray: UInt8 = 1) -> [ArchivedFile] {
        [ArchivedFile(key + ".png", png(gray))]
            + members.sorted { $0.key < $1.key }.map { ArchivedFile("\(key).\($0.key)", $0.value.utf8) }
    }

    private static func tar(_ samples: [[ArchivedFile]]) -> [UInt8] { ArchiveBytes.tar(Array(samples.joined())) }

    private func labels(_ images: any ImageDataset) -> [String] {
        (0..<images.count).map { images.labels(at: $0).map { images.classNames[$0] }.joined(separator: ";") }
    }

    /// Writes a folder with three training shards and one for validation.
    private func shards(in folder: TemporaryFolder) throws -> String {
        for number in 0..<3 {
            let samples = (0..<4).map { place in
                Self.sample(
                    "a/\(number)-\(place)", ["cls": place % 2 == 0 ? "ants" : "bees\n"],
                    gray: UInt8(10 * number + place))
            }
            try folder.write("shards/train-00000\(number).tar", Self.tar(samples))
        }
        try folder.write("shards/val-000000.tar", Self.tar([Self.sample("v", ["cls": "bees"], gray: 99)]))
        return folder.path("shards")
    }

    @Test("The shards of a folder are one dataset, split by their names")
    func folder() throws {
        let folder = try TemporaryFolder()
        let path = try shards(in: folder)
        let opened = try openDataset(at: path)
        #expect(opened.location.layout == .shards && opened.classNames == ["ants", "bees"] && opened.test == nil)
        #expect(opened.training.count == 12 && opened.validation?.count == 1)
        #expect(opened.training.labels == Array(repeating: [0, 1, 0, 1], count: 3).flatMap(\.self))
        #expect(opened.training.name(at: 6) == path + "/train-000001.tar/a/1-2.png")
        for index in [0, 3, 4, 11] {
            let gray = UInt8(10 * (index / 4) + index % 4)
            #expect(try opened.training.image(at: index, options: .init()).pixels[0] == gray)
        }
        #expect(opened.validation.map(labels) == ["bees"])
        #expect(opened.understanding.labels.source == ".cls members")
        #expect(opened.understanding.parts[0].source == "3 shards, train-000000.tar … train-000002.tar")
        #expect(opened.notes == [])
        // Names are relative to the folder, so that a run can be resumed elsewhere.
        #expect(
            try opened.training.identities(within: opened.folder)[0].name == Array("train-000000.tar/a/0-0.png".utf8))
    }

    @Test("Braces, wildcards, lists and split folders give the shards of the folder")
    func names() throws {
        let folder = try TemporaryFolder()
        let path = try shards(in: folder)
        func names(_ data: String) throws -> [String] {
            let opened = try openDataset(at: data)
            return [opened.training, opened.validation].compactMap(\.self).flatMap { part in
                (0..<part.count).map { part.name(at: $0) }
            }
        }
        let all = try names(path)
        #expect(all.count == 13)
        #expect(try names(path + "/{train,val}-*.tar") == all)
        #expect(try names(path + "/train-{000000..000002}.tar") == Array(all.dropLast()))
        #expect(try names(path + "/train-00000{2..0..2}.tar") == Array(all[8..<12] + all[0..<4]))
        let list = try folder.write("list.txt", "shards/train-{000000..000002}.tar\nshards/v*.tar\n".utf8)
        #expect(try names(list) == all)
        let elsewhere = try folder.write("lists/list.txt", "train-000001.tar\n".utf8)
        #expect(try openDataset(at: elsewhere, options: .init(root: path)).training.name(at: 0) == all[4])
        #expect(try openDataset(at: path + "/train-000001.tar").training.count == 4)

        let val = try fileBytes(path + "/val-000000.tar")
        try folder.write("parts/train/0.tar", fileBytes(path + "/train-000000.tar"))
        try folder.write("parts/val/0.tar", val)
        let parts = try openDataset(at: folder.path("parts"), options: .init(labelColumn: "cls"))
        #expect(parts.location.layout == .splitFolders && parts.training.count == 4)
        #expect(parts.validation.map(labels) == ["bees"] && parts.understanding.labels.source == ".cls members")
    }

    @Test("Images without labels are for prediction, and their other members need no warning")
    func prediction() throws {
        let folder = try TemporaryFolder()
        let path = try shards(in: folder)
        let list = try ImageList(paths: [path])
        #expect(list.count == 13 && list.notes == [])
        #expect(list.name(at: 4) == path + "/train-000001.tar/a/1-0.png")
        #expect(try ImageList(paths: [path + "/train-{000001..000002}.tar"]).count == 8)
        let plain = try folder.write("plain/test-0.tar", Self.tar([Self.sample("k", [:])]))
        #expect(try ImageList(paths: [folder.path("plain")]).name(at: 0) == plain + "/k.png")
        let error = #expect(throws: DatasetError.self) { try openDataset(at: folder.path("plain")) }
        #expect(error?.path == plain && error?.message.contains("the image 'k.png' has no label") == true)
        // Archives next to images may contain the same ones.
        for name in ["cats/1.png", "dogs/1.png"] { try folder.write("photos/" + name, Self.png(1)) }
        let copy = Self.tar([Self.sample("cats/1", [:]), Self.sample("dogs/1", [:])])
        for name in ["photos.tar.gz", "old/photos.tar.gz"] {
            try folder.write("photos/" + name, ArchiveBytes.gzip(copy))
        }
        let photos = try ImageList(paths: [folder.path("photos")])
        #expect(photos.count == 2 && photos.notes.contains { $0.contains("2 files are ignored") }, "\(photos.notes)")
        try folder.make("plain/empty")
        #expect(try ImageList(paths: [folder.path("plain")]).count == 1)
        // A test without labels is left out.
        try folder.write("shards/test-0.tar", Self.tar([Self.sample("k", [:])]))
        let opened = try openDataset(at: path)
        #expect(opened.test == nil && opened.understanding.leftOut.contains { $0.contains("1 image without labels") })
    }

    @Test("A missing label is an error that names the shard and the image")
    func missing() throws {
        let folder = try TemporaryFolder()
        let shard = try folder.write(
            "s/train-1.tar",
            Self.tar([Self.sample("a", ["cls": "x"]), Self.sample("b", ["cls": " \n"]), Self.sample("c", ["txt": "y"])])
        )
        try folder.write("s/train-0.tar", Self.tar([Self.sample("a", ["cls": "y"])]))
        let error = #expect(throws: DatasetError.self) { try openDataset(at: folder.path("s")) }
        #expect(error?.code == .damagedFile && error?.path == shard)
        #expect(error?.message.contains("'b.png' has no label (.cls members), and 1 more has none") == true)
    }

    @Test("Numbers are classes in their order, or name the lines of a list of classes")
    func numbers() throws {
        let folder = try TemporaryFolder()
        let samples = ["10", "2", "0"].enumerated().map { Self.sample("\($0)", ["cls": $1]) }
        try folder.write("n/data-0.tar", Self.tar(samples))
        let numbered = try openDataset(at: folder.path("n"))
        #expect(numbered.classNames == ["0", "2", "10"] && numbered.training.labels == [2, 1, 0])

        let names = (0...10).map { "class \(10 - $0)" }
        let listed = try openDataset(at: folder.path("n"), options: .init(classes: names))
        #expect(listed.classNames == names && listed.training.labels == [10, 2, 0])
        try folder.write("n/classes.txt", names.joined(separator: "\n").utf8)
        let found = try openDataset(at: folder.path("n"))
        #expect(found.classNames == names && labels(found.training) == ["class 0", "class 8", "class 10"])
        #expect(found.understanding.labels.reason == "class names from classes.txt")

        try folder.write("m/data-0.tar", Self.tar(samples))
        try folder.write("m/classnames.txt", "a\nb\nc\n".utf8)
        let error = #expect(throws: DatasetError.self) { try openDataset(at: folder.path("m")) }
        #expect(error?.code == .unknownClass && error?.path == folder.path("m/data-0.tar"))
        #expect(
            error?.message.contains("the label of '0.png' is 10, but there are 3 classes in classnames.txt") == true)
    }

    @Test("Labels come from a field of JSON members, which the label column chooses if there are several")
    func json() throws {
        let folder = try TemporaryFolder()
        func open(_ members: [[String: String]], _ column: String? = nil) throws -> OpenedDataset {
            let samples = members.enumerated().map { Self.sample("\($0)", $1) }
            let path = folder.path("\(members.hashValue)")
            if !fileExists(path) { try folder.write("\(members.hashValue)/0.tar", Self.tar(samples)) }
            return try openDataset(at: path, options: .init(labelColumn: column))
        }
        let named = try open([
            ["json": #"{"label": 1, "class_name": "bee", "id": 7}"#, "cls": "1"],
            ["json": #"{"label": 0, "class_name": "ant", "id": 8}"#, "cls": "0"],
        ])
        #expect(labels(named.training) == ["bee", "ant"])
        #expect(named.understanding.labels.source == #"field "class_name" of .json members"#)

        let unclear = [
            ["json": #"{"label": "a", "target": "x", "size": 3}"#],
            ["json": #"{"label": "a", "target": "y", "size": 4}"#],
            ["json": #"{"label": "b", "target": "x", "size": 3.5}"#],
        ]
        let error = #expect(throws: DatasetError.self) { try open(unclear) }
        #expect(
            error?.code == .unclearColumns && error?.message.contains(#"field "target" of .json members (x, y"#) == true
        )
        #expect(try labels(open(unclear, "Target").training) == ["x", "y", "x"])
        #expect(throws: DatasetError.self) { try open(unclear, "size") }
        let absent = #expect(throws: DatasetError.self) { try open(unclear, "nothing") }
        #expect(absent?.message.contains(".json, label, size, target") == true)

        let several = try open([
            ["json": #"{"tags": ["a", "b"]}"#], ["json": #"{"tags": []}"#], ["json": #"{"tags": ["b"]}"#],
        ])
        #expect(several.isMultiLabel && labels(several.training) == ["a;b", "", "b"])
        #expect(several.notes == ["images may have several labels: 1 of 3 have more than one, 1 none"])
        let damaged = #expect(throws: DatasetError.self) { try open([["json": "{"], ["cls": "a"]]) }
        #expect(damaged?.message.contains("its member '0.json' is not JSON") == true)
    }

    @Test("Texts are labels unless they are captions, and other members are chosen by their extension")
    func texts() throws {
        let folder = try TemporaryFolder()
        func write(_ name: String, _ members: [[String: String]]) throws -> String {
            try folder.write(name, Self.tar(members.enumerated().map { Self.sample("\($0)", $1) }))
        }
        let plain = try write("plain.tar", [["txt": "cat"], ["txt": "dog\n"]])
        #expect(try labels(openDataset(at: plain).training) == ["cat", "dog"])
        let captions = try write("captions.tar", (0..<5).map { ["txt": "a photo of \($0)"] })
        #expect(throws: DatasetError.self) { try openDataset(at: captions) }
        let both = try write(
            "both.tar", (0..<5).map { ["txt": "a photo of \($0)", "cls": "\($0 % 2)", "b.id": "x y"] })
        #expect(try openDataset(at: both).classNames == ["0", "1"])
        let chosen = try openDataset(
            at: both, options: .init(labelColumn: "b.id", labelSeparator: " "), minimumClasses: 1)
        #expect(chosen.isMultiLabel && labels(chosen.training)[0] == "x;y")
    }

    @Test("A flat archive in which only some images have texts, or a ZIP archive with texts, is no shard")
    func flat() throws {
        let folder = try TemporaryFolder()
        let some = [Self.sample("a", ["txt": "note"]), Self.sample("b", [:])]
        let all = [Self.sample("a", ["txt": "x"]), Self.sample("b", ["json": "{}"])]
        for (name, bytes) in [
            ("some.tar", Self.tar(some)), ("some.zip", ArchiveBytes.zip(Array(some.joined()))),
            ("all.zip", ArchiveBytes.zip(Array(all.joined()))),
        ] {
            #expect(try DatasetLocation(path: folder.write(name, bytes)).layout == .labelsInFileNames, "\(name)")
        }
        #expect(try DatasetLocation(path: folder.write("all.tar", Self.tar(all))).layout == .shards)
        // In a folder, they are shards, whose images may have no labels.
        try folder.write("s/0.tar", Self.tar(some))
        let error = #expect(throws: DatasetError.self) { try openDataset(at: folder.path("s")) }
        #expect(error?.code == .ambiguous && error?.message.contains("'b.png' has no label") == true)
    }

    @Test("A folder whose name begins with the key of a sample does not divide it")
    func folderInSample() throws {
        let folder = try TemporaryFolder()
        let samples = [
            Self.sample("1", ["cls": "x", "zzz": ""]), Self.sample("1.d/2", ["cls": "y", "json": "{}"]),
            Self.sample("1.d/2.e/3", ["cls": "z"]), Self.sample("12", ["cls": "y"]),
        ]
        let images = try openDataset(at: folder.write("0.tar", Self.tar(samples))).training
        let found = (0..<images.count).map {
            FilePath(images.name(at: $0)).bytes(within: FilePath(folder.path("0.tar")))
        }
        #expect(
            Set(found.map { String(decoding: $0, as: UTF8.self) }) == ["1.png", "1.d/2.png", "1.d/2.e/3.png", "12.png"])
        #expect(
            zip(found, labels(images)).allSatisfy { name, label in
                ["1.png": "x", "1.d/2.e/3.png": "z"][String(decoding: name, as: UTF8.self)] ?? "y" == label
            })
    }

    @Test("A sample has one image: that without further extensions")
    func severalImages() throws {
        let folder = try TemporaryFolder()
        let mask = [
            ArchivedFile("a.mask.png", Self.png(7)), ArchivedFile("._a.png", [1]), ArchivedFile("alone.cls", [48]),
        ]
        let masked = try folder.write("masked.tar", Self.tar([Self.sample("a", ["cls": "x"]), mask]))
        let opened = try openDataset(at: masked, minimumClasses: 1)
        #expect(opened.training.count == 1 && opened.training.name(at: 0) == masked + "/a.png")
        #expect(opened.understanding.leftOut == ["1 sample has no image: 'alone' in \(masked)"])
        let double = try folder.write(
            "double.tar", Self.tar([Self.sample("a", ["cls": "x"]), [ArchivedFile("a.jpg", [1])]]))
        let error = #expect(throws: DatasetError.self) { try openDataset(at: double) }
        #expect(error?.code == .ambiguous && error?.message.contains("'a' has several images: .jpg, .png") == true)
    }

    @Test("Cut, damaged, missing and repeated shards and members are errors or warnings, never fewer images")
    func hostile() throws {
        let folder = try TemporaryFolder()
        let path = try shards(in: folder)
        let whole = try fileBytes(path + "/train-000002.tar")
        func open(_ bytes: [UInt8], _ name: String = #function) throws -> OpenedDataset {
            let name = "case\(bytes.hashValue)"
            try folder.write(name + "/train-000000.tar", fileBytes(path + "/train-000000.tar"))
            try folder.write(name + "/train-000001.tar", bytes)
            return try openDataset(at: folder.path(name))
        }
        func error(_ bytes: [UInt8]) -> DatasetError? { #expect(throws: DatasetError.self) { try open(bytes) } }
        let cut = error(Array(whole.prefix(whole.count / 2 + 300)))
        #expect(
            [.archiveDamaged, .damagedFile].contains(cut?.code) && cut?.path?.hasSuffix("train-000001.tar") == true,
            "\(String(describing: cut))")
        // Without the mark at the end, files may be missing.
        #expect(try open(Array(whole.dropLast(1024))).notes.contains { $0.contains("has no mark at its end") })
        #expect(error([UInt8](repeating: 65, count: 2000))?.code == .archiveDamaged)
        #expect(error([])?.code == .archiveDamaged)
        let twice = Self.tar([Self.sample("a", ["cls": "x"]), Self.sample("a", ["cls": "x"])])
        #expect(error(twice)?.code == .archiveDuplicate)
        #expect(error(Self.tar([Self.sample("../a", ["cls": "x"])]))?.code == .archiveUnsafe)
        let large = Self.tar([Self.sample("a", ["cls": String(repeating: "x", count: 2 << 20)])])
        #expect(error(large)?.code == .archiveTooLarge)
        #expect(
            error(Self.tar([Self.sample("a", [:]), [ArchivedFile("a.cls", [0xFF, 0xFE, 0])]]))?.code == .damagedFile)

        for (name, word) in [
            ("train-{000000..000003}.tar", "train-000003.tar does not exist"), ("x*.tar", "no file matches"),
            ("train-{0..9999999999}.tar", "more than"), ("{train-000000,train-000000}.tar", "twice"),
        ] {
            let error = #expect(throws: DatasetError.self) { try openDataset(at: path + "/" + name) }
            #expect(error?.message.contains(word) == true, "\(error as Any)")
        }
        try folder.write("shards/other.tar", whole)
        #expect(throws: DatasetError.self) { try openDataset(at: path) }
    }

    @Test("Compressed shards are decompressed once for a dataset, and few of them stay open for prediction")
    func compressed() throws {
        let folder = try TemporaryFolder()
        let count = 140
        for number in 0..<count {
            let bytes = Self.tar([Self.sample("k", ["cls": "\(number % 2)"], gray: UInt8(number))])
            try folder.write("s/\(number + 1000).tar.gz", ArchiveBytes.gzip(bytes))
        }
        #expect(try ImageList(paths: [folder.path("s")]).count == count)
        #if os(Linux)
            let open = try entryNames(of: "/proc/self/fd").count { name in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + name))?
                    .contains("/apus-archive-") == true
            }
            #expect((1..<count - 20).contains(open))
        #endif
        let first = FilePath(folder.path("s/1000.tar.gz"))
        let archive = try #require(try FileStore.shared.archive(of: first))
        let images = try openDataset(at: folder.path("s")).training
        #expect(images.count == count)
        #expect(try FileStore.shared.archive(of: first) === archive)
        for index in [0, count - 1, 3] {
            #expect(try images.image(at: index, options: .init()).pixels[0] == UInt8(index))
        }
    }

    @Test("Hundreds of shards are read in any order, with few of them open")
    func many() throws {
        let folder = try TemporaryFolder()
        for number in 0..<150 {
            try folder.write(
                "s/\(number + 1000).tar", Self.tar([Self.sample("k", ["cls": "\(number % 2)"], gray: UInt8(number))]))
        }
        let images = try openDataset(at: folder.path("s")).training
        #expect(images.count == 150)
        for index in [0, 149, 3, 70, 0, 1] {
            #expect(try images.image(at: index, options: .init()).pixels[0] == UInt8(index))
        }
        #if os(Linux)
            let open = try entryNames(of: "/proc/self/fd").count { name in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + name))?
                    .contains(URL(filePath: folder.path).lastPathComponent) == true
            }
            #expect((1...64).contains(open))
        #endif
        // A shard that was replaced is not read with its former index.
        try FileManager.default.removeItem(atPath: folder.path("s/1000.tar"))
        let other = Self.tar([Self.sample("a", ["cls": "1"]), Self.sample("k", ["cls": "1"], gray: 200)])
        try folder.write("s/1000.tar", other)
        #expect(try images.image(at: 0, options: .init()).pixels[0] == 200)
    }
}
