import Foundation
import TestSupport
import Testing

@testable import Images
@testable import Platform

/// Videos in class folders and tables.
@Suite("Videos as data", .enabled(if: FFmpeg.isInstalled, "ffmpeg is not installed"))
struct VideoDatasetTests {
    private let folder: TemporaryFolder
    private let options = DatasetOptions(frameInterval: .seconds(1))

    init() throws {
        folder = try TemporaryFolder()
        for name in ["data/ants/a.mp4", "data/ants/b.mkv", "data/bees/c.mp4", "data/bees/d.mp4"] {
            try FFmpeg.writeVideo(name, of: "testsrc2=s=48x32:r=10:d=3", in: folder.path)
        }
        try folder.write("data/bees/1.png", Image(width: 9, height: 8) { $0.initialize(repeating: 3) }.pngData())
    }

    private func names(_ images: any ImageDataset, within path: String? = nil) -> [String] {
        let root = (path ?? folder.path("data")) + "/"
        return (0..<images.count).map { images.name(at: $0).replacingOccurrences(of: root, with: "") }
    }

    private static let expected =
        ["a.mp4", "b.mkv"].flatMap { name in (0..<3).map { "ants/\(name)/t=0000\($0).000.png" } } + ["bees/1.png"]
        + ["c.mp4", "d.mp4"].flatMap { name in (0..<3).map { "bees/\(name)/t=0000\($0).000.png" } }

    @Test("The frames of videos in class folders are images of the class") func classFolders() throws {
        let data = try openDataset(at: folder.path("data"), options: options)
        #expect(names(data.training) == Self.expected)
        #expect(data.training.labels == Array(repeating: 0, count: 6) + Array(repeating: 1, count: 7))
        let note = data.notes.first { $0.contains("frames of 4 videos") }
        #expect(note?.hasPrefix("12 images are frames of 4 videos, one every 1 s (") == true, "\(data.notes)")
        let identities = try data.training.identities(within: data.folder)
        #expect(Set(identities).count == 13 && identities.allSatisfy { $0.content != 0 })

        let reader = try VideoReader(path: folder.path("data/ants/b.mkv"), every: .seconds(1))
        for place in 3..<6 {
            let frame = try #require(try reader.next())
            #expect(try data.training.image(at: place, options: .init()) == Image(decoding: frame.image))
        }
        let loader = DataLoader(
            data.training, transforms: [Resize(shortSide: 8), CenterCrop(8)], height: 8, width: 8, batchSize: 13,
            order: .sequential, workers: 2)
        let batch = try #require(try loader.batches().next())
        #expect(batch.failures.isEmpty && batch.indices.count == 13)
    }

    @Test("Without an interval, videos are left out and named") func leftOut() throws {
        let error = #expect(throws: DatasetError.self) { try openDataset(at: folder.path("data")) }
        #expect(error?.code == .emptyClass)
        try folder.write("data/ants/1.png", Image(width: 9, height: 8) { $0.initialize(repeating: 5) }.pngData())
        let data = try openDataset(at: folder.path("data"))
        #expect(data.training.count == 2)
        #expect(data.notes.contains { $0.hasPrefix("4 of these are videos; `frameInterval") })
        #expect(data.notes.contains { $0.contains("4 files are ignored") })
    }

    @Test("The frames of a video stay together in a split, unless a group pattern divides them") func split() throws {
        let data = try openDataset(at: folder.path("data"), options: options)
        for seed in 0..<5 as Range<UInt64> {
            let split = try data.split(validation: .fraction(0.4), seed: seed)
            let sides = [split.training, split.validation].map { side in
                Set(names(side).compactMap { FilePath($0).video })
            }
            #expect(sides[0].isDisjoint(with: sides[1]) && sides[0].union(sides[1]).count == 4)
        }
        var patterned = options
        patterned.groupPattern = "([a-c])[.]"
        let split = try openDataset(at: folder.path("data"), options: patterned).split(validation: .fraction(0.3))
        #expect(split.notes.contains { $0.contains("do not match the group pattern") })
    }

    @Test("A split that is written as a table is read again, and needs the interval") func splitTable() throws {
        let data = try openDataset(at: folder.path("data"), options: options)
        let split = try data.split(validation: .fraction(0.3), seed: 3)
        try folder.write("split.csv", split.table(in: folder.path).utf8)
        let again = try openDataset(at: folder.path("split.csv"), options: options)
        #expect(names(again.training) == names(split.training))
        let validation = try #require(again.validation)
        #expect(names(validation) == names(split.validation))
        // Only videos that no other dataset of this process has read need the interval.
        try FileManager.default.moveItem(atPath: folder.path("data"), toPath: folder.path("old"))
        for name in ["ants/a.mp4", "ants/b.mkv", "bees/c.mp4", "bees/d.mp4"] {
            try folder.write("data/" + name, Data(contentsOf: URL(filePath: folder.path("old/" + name))))
        }
        let rows = "path,label\ndata/ants/a.mp4/t=00001.000.png,x\ndata/bees/c.mp4/t=00001.000.png,y\n"
        try folder.write("frames.csv", rows.utf8)
        let error = #expect(throws: DatasetError.self) { try openDataset(at: folder.path("frames.csv")) }
        #expect(error?.message.contains("It is a frame of a video") == true)
        let frames = try openDataset(at: folder.path("frames.csv"), options: options)
        #expect(frames.training.count == 2 && frames.notes.contains { $0.contains("of 2 videos") })
        #expect(try frames.training.image(at: 1, options: .init()).width == 48)
    }

    @Test("A row of a table and a line of a list may name a video") func tables() throws {
        try folder.write(
            "labels.csv", "path,label\ndata/ants/a.mp4,cat\ndata/bees/c.mp4,dog\ndata/bees/1.png,dog\n".utf8)
        let table = try openDataset(at: folder.path("labels.csv"), options: options)
        #expect(table.classNames == ["cat", "dog"] && table.training.labels == [0, 0, 0, 1, 1, 1, 1])
        try folder.write("list.txt", "data/ants/a.mp4\ndata/bees/1.png\n".utf8)
        let list = try openDataset(at: folder.path("list.txt"), options: options)
        #expect(list.classNames == ["ants", "bees"] && list.training.count == 4)
    }

    @Test("Patterns and labels in file names are for the names of videos") func patterns() throws {
        try folder.make("named")
        for (old, new) in [("ants/a.mp4", "cat.1.mp4"), ("bees/c.mp4", "dog.1.mp4")] {
            try folder.write("named/" + new, Data(contentsOf: URL(filePath: folder.path("data/" + old))))
        }
        let named = try openDataset(at: folder.path("named"), options: options)
        #expect(named.classNames == ["cat", "dog"] && named.training.labels == [0, 0, 0, 1, 1, 1])
        var patterned = options
        patterned.labelPattern = "^(.)"
        let opened = try openDataset(at: folder.path("named"), options: patterned)
        #expect(opened.classNames == ["c", "d"] && opened.training.count == 6)
    }

    @Test("A video that can't be read is left out with the reason") func unreadable() throws {
        try folder.write("data/ants/text.mp4", "no video".utf8)
        let data = try openDataset(at: folder.path("data"), options: options)
        #expect(data.training.count == 13)
        #expect(data.notes.contains { $0.hasPrefix("video \(folder.path("data/ants/text.mp4")) is left out: ") })
        let packed = try folder.write(
            "photos.zip",
            ArchiveBytes.zip(
                ["x/1.mp4", "x/1.png", "y/1.png"].map { ArchivedFile($0, [UInt8]("no video".utf8)) }))
        let archive = try openDataset(at: packed, options: options)
        #expect(archive.training.count == 2)
        #expect(archive.notes.contains { $0.hasSuffix("videos in archives are not read, unpack it") })
    }

    @Test("Two intervals of a video can be used at the same time") func intervals() throws {
        let slow = try openDataset(at: folder.path("data"), options: options)
        let fast = try openDataset(at: folder.path("data"), options: .init(frameInterval: .milliseconds(500)))
        #expect(slow.training.count == 13 && fast.training.count == 25)
        #expect(try slow.training.image(at: 2, options: .init()) == fast.training.image(at: 4, options: .init()))
        #expect(try fast.training.image(at: 1, options: .init()) != fast.training.image(at: 0, options: .init()))
    }

    @Test("An absent program is an error, and the video then has no frames") func store() throws {
        let store = VideoStore(searchPath: "/nowhere")
        #expect(throws: ImageError.self) {
            try store.video(at: FilePath(folder.path("data/ants/a.mp4")), every: .seconds(1))
        }
        let frame = FilePath(folder.path("data/ants/a.mp4")).appending("t=00001.000.png")
        #expect(try FileStore.shared.member(at: frame) == nil)
        #expect(FilePath("x/a.mp4/t=00001.000.png").video == FilePath("x/a.mp4"))
        #expect(FilePath("x/a.mp4").video == nil && FilePath("x/a/t=1.png").video == nil)
        #expect(throws: DatasetError.self) { try DatasetOptions(frameInterval: .zero).validate() }
    }
}
