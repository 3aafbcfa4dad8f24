import Foundation
import TestSupport
import Testing

@testable import Images
@testable import Platform

/// Archives as datasets and as input: what a folder gives, an archive of it gives too.
@Suite("Archives as data") struct ArchiveDatasetTests {
    /// The kinds of archives.
    enum Kind: String, CaseIterable, Sendable {
        case stored = "stored.zip"
        case deflated = "deflated.zip"
        case tar = "data.tar"
        case gzip = "data.tar.gz"
        case zstandard = "data.tar.zst"

        func bytes(_ files: [ArchivedFile]) -> [UInt8] {
            switch self {
            case .stored: ArchiveBytes.zip(files)
            case .deflated: ArchiveBytes.zip(files.map { $0.with { $0.method = 8 } })
            case .tar: ArchiveBytes.tar(files)
            case .gzip: ArchiveBytes.gzip(ArchiveBytes.tar(files))
            case .zstandard: ArchiveBytes.zstandard(ArchiveBytes.tar(files))
            }
        }
    }

    /// A gray image of a size; a large one is not compressed, so that it has several samples for its digest.
    private static func png(_ gray: UInt8, width: Int = 5, height: Int = 4) -> [UInt8] {
        let image = Image(
            width: width, height: height, pixels: [UInt8](repeating: gray, count: width * height * 3))
        return (try? image.pngData()) ?? []
    }

    private static func noise(_ seed: UInt64) -> [UInt8] {
        var random = CountedRandom(seed: seed, epoch: 0, index: 0)
        let pixels = (0..<90 * 80 * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        return (try? Image(width: 90, height: 80, pixels: pixels).pngData()) ?? []
    }

    /// Files of a dataset with splits, in no particular order.
    private static let files: [ArchivedFile] = [
        ArchivedFile("train/bees/2.png", png(20)), ArchivedFile("train/bees/10.png", noise(1)),
        ArchivedFile("train/ants/a.png", png(40)), ArchivedFile("train/ants/deep/b.png", png(50)),
        ArchivedFile("train/ants.txt", Array("not an image".utf8)), ArchivedFile("val/ants/1.png", png(60)),
        ArchivedFile("val/bees/1", noise(2)), ArchivedFile("val/bees/.hidden.png", png(1)),
        ArchivedFile("__MACOSX/train/ants/._a.png", Array("Mac".utf8)),
    ]

    /// Writes the files as a folder and as an archive next to it.
    private func write(_ files: [ArchivedFile], as kind: Kind, in folder: TemporaryFolder) throws -> (String, String) {
        for file in files { try folder.write("data/" + String(decoding: file.name, as: UTF8.self), file.content) }
        return (folder.path("data"), try folder.write(kind.rawValue, kind.bytes(files)))
    }

    private func description(of data: OpenedDataset) throws -> [String] {
        try [("train", data.training), ("val", data.validation), ("test", data.test)].flatMap { name, part in
            guard let part else { return [String]() }
            let names = try part.identities(within: data.folder).enumerated().map { place, identity in
                "\(name) \(String(decoding: identity.name, as: UTF8.self)) \(identity.content) \(part.label(at: place))"
            }
            return ["\(name): \(part.classNames)"] + names
        }
    }

    @Test("An archive gives the classes, order, identities and batches of the folder", arguments: Kind.allCases)
    func equalToFolder(kind: Kind) throws {
        let folder = try TemporaryFolder()
        let (plain, packed) = try write(Self.files, as: kind, in: folder)
        let (one, other) = (try openDataset(at: plain), try openDataset(at: packed))
        #expect(other.location.layout == one.location.layout && one.location.layout == .splitFolders)
        #expect(try description(of: other) == description(of: one))
        #expect(one.training.name(at: 0) == plain + "/train/ants/a.png")
        #expect(other.training.name(at: 0) == packed + "/train/ants/a.png")
        for part in [\OpenedDataset.training, \.validation!] {
            let batches = [one[keyPath: part], other[keyPath: part]].map { images in
                DataLoader(
                    images, transforms: [Resize(shortSide: 6), CenterCrop(6)], height: 6, width: 6, batchSize: 3,
                    order: .shuffled, workers: 2
                ).batches()
            }
            while let batch = try batches[0].next() {
                let packed = try #require(try batches[1].next())
                #expect(batch.failures.isEmpty && packed.failures.isEmpty)
                #expect(packed.indices == batch.indices && packed.labels == batch.labels)
                #expect(packed.withUnsafeBytes { Array($0) } == batch.withUnsafeBytes { Array($0) })
            }
            #expect(try batches[1].next() == nil)
        }
        #expect(other.notes.contains { $0.contains("temporary space") } == packed.contains(".tar."))
    }

    @Test("Each layout is recognized in an archive", arguments: Kind.allCases)
    func layouts(kind: Kind) throws {
        let folder = try TemporaryFolder()
        let classes = [ArchivedFile("ants/1.png", Self.png(1)), ArchivedFile("bees/1.png", Self.png(2))]
        func open(_ files: [ArchivedFile], _ name: String) throws -> OpenedDataset {
            try openDataset(at: folder.write("\(name)/" + kind.rawValue, kind.bytes(files)))
        }
        #expect(try open(classes, "classes").classNames == ["ants", "bees"])
        let named = ["cat.1.png", "dog.1.png"].map { ArchivedFile($0, Self.png(3)) }
        #expect(try open(named, "names").location.layout == .labelsInFileNames)
        // The folder that was packed, whatever its name is.
        let wrapped = classes.map { file in file.with { $0.name = Array("photos/".utf8) + $0.name } }
        let opened = try open(wrapped, "wrapped")
        #expect(opened.classNames == ["ants", "bees"])
        #expect(opened.notes.contains { $0.contains("only subfolder, photos") })
        let split = Self.files.map { file in file.with { $0.name = Array("hymenoptera/".utf8) + $0.name } }
        #expect(try open(split, "split").validation?.count == 2)
        // The folder's name is that of the archive.
        let stem = String(kind.rawValue.prefix { $0 != "." })
        let same = named.map { file in file.with { $0.name = Array("\(stem)/".utf8) + $0.name } }
        #expect(try open(same, "same").classNames == ["cat", "dog"])
        // A folder in an archive.
        let inside = folder.path("split/" + kind.rawValue) + "/hymenoptera/val"
        #expect(try openDataset(at: inside).training.count == 2)
        #expect(try openDataset(at: folder.path("classes/\(kind.rawValue)/")).classNames == ["ants", "bees"])
    }

    @Test("Tables and lists in an archive name its files, and tables outside too", arguments: Kind.allCases)
    func tables(kind: Kind) throws {
        let folder = try TemporaryFolder()
        let table = "path,label\nphotos/1.png,cat\nphotos/2.png,dog\nphotos/3,dog\n"
        let files =
            [ArchivedFile("labels.csv", table.utf8), ArchivedFile("list.txt", "x/1.png\ny/2.png\n".utf8)]
            + ["photos/1.png", "photos/2.png", "photos/3.png", "x/1.png", "y/2.png"].map {
                ArchivedFile($0, Self.png(9))
            }
        let packed = try folder.write(kind.rawValue, kind.bytes(files))
        let opened = try openDataset(at: packed + "/labels.csv")
        #expect(opened.location.layout == .table && opened.classNames == ["cat", "dog"])
        #expect(opened.training.name(at: 2) == packed + "/photos/3.png")
        #expect(try opened.training.image(at: 0, options: .init()).pixels[0] == 9)
        #expect(try openDataset(at: packed + "/list.txt").classNames == ["x", "y"])

        let outside = try folder.write("outside.csv", table.utf8)
        #expect(throws: DatasetError.self) { try openDataset(at: outside) }
        let rooted = try openDataset(at: outside, options: .init(root: packed))
        #expect(try rooted.training.image(at: 1, options: .init()).width == 5)
        #expect(try ImageList(paths: [packed + "/x", packed + "/photos/1.png"]).count == 2)
    }

    @Test("A split that is written as a table is read again", arguments: Kind.allCases)
    func splitTable(kind: Kind) throws {
        let folder = try TemporaryFolder()
        let files = (0..<20).map { ArchivedFile("\($0 % 2 == 0 ? "ants" : "bees")/\($0).png", Self.png(UInt8($0))) }
        let packed = try folder.write(kind.rawValue, kind.bytes(files))
        let data = try openDataset(at: packed)
        let split = try data.training.split(validation: .fraction(0.25), seed: 1)
        let text = try split.table(in: folder.path("run"))
        let table = try folder.write("run/split.csv", text.utf8)
        let read = try openDataset(at: table)
        for (one, other) in [(split.training, read.training), (split.validation, read.validation)] {
            let other = try #require(other)
            #expect(other.labels == one.labels)
            #expect((0..<one.count).map { other.name(at: $0) } == (0..<one.count).map { one.name(at: $0) })
            #expect(try other.image(at: 0, options: .init()).pixels == one.image(at: 0, options: .init()).pixels)
        }
    }

    @Test("An archive in a list of images is a folder", arguments: Kind.allCases)
    func lists(kind: Kind) throws {
        let folder = try TemporaryFolder()
        let (plain, packed) = try write(Self.files, as: kind, in: folder)
        let list = try ImageList(paths: [packed, plain + "/val/ants/1.png"])
        let expected = try ImageList(paths: [plain])
        #expect(list.count == expected.count + 1 && list.count == 7)
        for index in 0..<expected.count {
            #expect(list.name(at: index) == packed + expected.name(at: index).dropFirst(plain.count))
            #expect(
                try list.image(at: index, options: .init()).pixels
                    == expected.image(at: index, options: .init()).pixels)
        }
        #expect(ImageList(partOfList: [packed]).count == 6)
        #expect(list.notes.contains { $0.contains("temporary space") } == packed.contains(".tar."))
    }

    @Test("MNIST's files are read from an archive", arguments: [Kind.stored, .tar])
    func mnist(kind: Kind) throws {
        let folder = try TemporaryFolder()
        let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2] + [1, 2, 3, 4]
        let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2] + [7, 8]
        let files = [
            ArchivedFile("train-images-idx3-ubyte", images),
            ArchivedFile("train-labels-idx1-ubyte.gz", ArchiveBytes.gzip(labels)),
        ]
        let opened = try openDataset(at: folder.write(kind.rawValue, kind.bytes(files)))
        #expect(opened.location.layout == .idxFiles && opened.training.labels == [7, 8])
        if kind == .stored {
            let damaged = [files[0], files[1].with { $0.crc32 = 5 }]
            let error = #expect(throws: DatasetError.self) {
                try openDataset(at: folder.write("damaged.zip", kind.bytes(damaged)))
            }
            #expect(error?.code == .archiveDamaged && error?.path == folder.path("damaged.zip"), "\(error as Any)")
        }
        // A compressed file of MNIST is no archive.
        let gz = try folder.write("train-images.gz", ArchiveBytes.gzip(images))
        let error = #expect(throws: DatasetError.self) { try openDataset(at: gz) }
        #expect(error?.code == .notAFolder)
    }

    @Test("A damaged image in an archive is one unreadable image", arguments: Kind.allCases)
    func damagedImage(kind: Kind) throws {
        let folder = try TemporaryFolder()
        let files = [
            ArchivedFile("ants/1.png", Self.png(1)), ArchivedFile("ants/2.png", Array("no image".utf8)),
            ArchivedFile("ants/3.png", [UInt8](repeating: 7, count: 9000)), ArchivedFile("bees/1.png", Self.png(1)),
            ArchivedFile("bees/2.png", Self.png(1)).with { $0.crc32 = 5 },
        ]
        let packed = try folder.write(kind.rawValue, kind.bytes(files))
        let images = try openDataset(at: packed).training
        #expect(throws: Never.self) { try images.image(at: 0, options: .init()) }
        for (index, file) in [(1, files[1]), (2, files[2])] {
            let error = #expect(throws: ImageError.self) { try images.image(at: index, options: .init()) }
            #expect(error?.path == packed + "/ants/\(index + 1).png")
            // The reason is that of the same file in a folder.
            let plain = try folder.write("\(index).png", file.content)
            let expected = #expect(throws: ImageError.self) { try Image(contentsOf: plain) }
            #expect(error?.code == expected?.code && error?.message == expected?.message)
        }
        if packed.hasSuffix("zip") {
            let error = #expect(throws: ImageError.self) { try images.image(at: 4, options: .init()) }
            #expect(error?.code == .damaged && error?.message.contains("CRC-32") == true)
        }
        #expect(throws: ImageError.self) { try Image(contentsOf: packed + "/ants/9.png") }
        let error = #expect(throws: ImageError.self) { try Image(contentsOf: packed + "/ants") }
        #expect(error?.message.contains("folder") == true)
    }

    @Test("A refused archive is an error with a code and the archive's path")
    func refusals() throws {
        let folder = try TemporaryFolder()
        let file = ArchivedFile("ants/1.png", Self.png(1))
        let deep = file.with { $0.name = Array(String(repeating: "a/", count: 200).utf8) + $0.name }
        let cases: [(DatasetError.Code, [UInt8])] = [
            (.archiveUnsafe, ArchiveBytes.zip([file, ArchivedFile("../b.png")])),
            (.archiveUnsafe, ArchiveBytes.gzip(ArchiveBytes.tar([file, ArchivedFile("/etc/b.png")]))),
            (.archiveDuplicate, ArchiveBytes.tar([file, file])),
            (.archiveOverlap, ArchiveBytes.zip([file, ArchivedFile("bees/1.png").with { $0.position = 0 }])),
            (.archiveEncrypted, ArchiveBytes.zip([file.with { $0.flags = 1 }])),
            (.archiveUnsupported, ArchiveBytes.zip([file.with { $0.method = 93 }])),
            (.archiveUnsupported, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0, 4]),
            (.archiveTooLarge, ArchiveBytes.zip([file.with { ($0.method, $0.size) = (8, 1 << 31) }])),
            (.archiveTooLarge, ArchiveBytes.zip([deep])),
            (.archiveDamaged, Array(ArchiveBytes.zip([file]).dropLast(30))),
            (.archiveDamaged, Array(ArchiveBytes.gzip(ArchiveBytes.tar([file])).dropLast(30))),
        ]
        for (place, (code, bytes)) in cases.enumerated() {
            let path = try folder.write("\(place)", bytes)
            for attempt in 0..<2 {
                let error = #expect(throws: DatasetError.self) { try openDataset(at: path) }
                #expect(error?.code == code && error?.path == path, "\(place), \(attempt): \(error?.description ?? "")")
                #expect(error?.message.hasSuffix(".") == true)
            }
            // Among other images, the reason is given at its place.
            let list = ImageList(partOfList: [path])
            #expect(list.count == 1)
            #expect(throws: ImageError.self) { try list.image(at: 0, options: .init()) }
        }
    }

    @Test("An archive that was replaced is opened again")
    func replaced() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("photos.zip")
        for classes in [["ants", "bees"], ["cats", "dogs", "foxes"]] {
            try? FileManager.default.removeItem(atPath: path)
            let files = classes.map { ArchivedFile("\($0)/1.png", Self.png(3)) }
            #expect(try openDataset(at: folder.write("photos.zip", ArchiveBytes.zip(files))).classNames == classes)
        }
    }

    @Test("More archives than may be open at the same time are opened again when they are needed")
    func manyArchives() throws {
        let folder = try TemporaryFolder()
        let paths = try (0..<80).map { number in
            try folder.write("\(number).zip", ArchiveBytes.zip([ArchivedFile("a.png", Self.png(UInt8(number)))]))
        }
        let list = try ImageList(paths: paths)
        for index in [0, 79, 1, 40] {
            #expect(try list.image(at: index, options: .init()).pixels[0] == UInt8(index))
        }
    }

    @Test("Outputs of Apus in an archive are left out")
    func outputs() throws {
        let folder = try TemporaryFolder()
        let drawn = OutputMark.marked(png: Self.png(3))
        let files =
            Self.files + [
                ArchivedFile("train/ants/sheet.png", drawn), ArchivedFile("runs/config.json", "{}".utf8),
                ArchivedFile("runs/metrics.csv"), ArchivedFile("runs/curves.png", Self.png(4)),
                ArchivedFile("explained/1.png", drawn), ArchivedFile("explained/more/2.png", drawn),
            ]
        let (plain, packed) = try write(files, as: .deflated, in: folder)
        let (one, other) = (try openDataset(at: plain), try openDataset(at: packed))
        #expect(try description(of: other) == description(of: one))
        #expect(other.notes.count == one.notes.count)
    }

    @Test("Names that are not UTF-8 keep their bytes", arguments: [Kind.tar, .gzip])
    func bytesInNames(kind: Kind) throws {
        let folder = try TemporaryFolder()
        let name = Array("ants/caf".utf8) + [0xE9] + Array(".png".utf8)
        let files = [ArchivedFile("bees/1.png", Self.png(1)), ArchivedFile("", Self.png(2)).with { $0.name = name }]
        let data = try openDataset(at: folder.write(kind.rawValue, kind.bytes(files)))
        #expect(try data.training.identities(within: data.folder)[0].name == name)
        #expect(try data.training.image(at: 0, options: .init()).pixels[0] == 2)
    }
}
