import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Outputs among the data")
struct OutputFilesTests {
    /// An image drawn by Apus.
    private func writeOutput(_ name: String, in folder: TemporaryFolder) throws {
        let image = Image(width: 4, height: 3, pixels: [UInt8](repeating: 9, count: 36))
        try folder.write(name, OutputMark.marked(png: image.pngData()))
    }

    private func writeRun(_ name: String, in folder: TemporaryFolder) throws {
        try folder.write("\(name)/config.json", "{}".utf8)
        try folder.write("\(name)/metrics.csv")
        // Outputs of earlier versions, without the mark.
        try folder.writeImage("\(name)/curves.png")
    }

    @Test("The mark of an output is a PNG chunk that readers skip")
    func mark() throws {
        let image = Image(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
        #expect(try Image(decoding: OutputMark.marked(png: image.pngData())).pixels == image.pixels)
    }

    @Test("Runs, sheets and explanations among class folders are left out with a note")
    func classFolders() throws {
        let folder = try TemporaryFolder()
        for name in ["red/1.png", "red/2.png", "blue/1.png"] { try folder.writeImage(name) }
        try writeRun("runs/small_cnn-1", in: folder)
        try folder.write("r/.lock", "123\n".utf8)
        try folder.write("blue/.lock")
        try writeRun("red/r", in: folder)
        try writeOutput("look.png", in: folder)
        try writeOutput("blue/look.PNG", in: folder)
        try writeOutput("explained/1.grad-cam.png", in: folder)
        try folder.write("embeddings.csv", "path,f0\n".utf8)
        let data = try openDataset(at: folder.path)
        #expect(data.classNames == ["blue", "red"] && data.training.count == 3)
        let note = try #require(data.notes.first { $0.contains("outputs of Apus") })
        #expect(note.hasPrefix("6 ") && note.contains("runs") && note.contains("look.png"))
        let list = try ImageList(paths: [folder.path])
        #expect(list.count == 3)
        #expect(list.ignored.outputCount == 6)
        // A file that is named explicitly is used.
        #expect(try ImageList(paths: [folder.path("look.png")]).count == 1)
    }

    @Test("Outputs do not disturb flat folders and split folders")
    func otherLayouts() throws {
        let flat = try TemporaryFolder()
        for name in ["cat.1.png", "cat.2.png", "dog.1.png"] { try flat.writeImage(name) }
        try writeRun("runs/x-1", in: flat)
        try writeOutput("sheet.png", in: flat)
        #expect(try openDataset(at: flat.path).classNames == ["cat", "dog"])
        let pattern = DatasetOptions(labelPattern: "^([a-z]+)")
        #expect(try openDataset(at: flat.path, options: pattern).training.count == 3)

        let split = try TemporaryFolder()
        for name in ["train/a/1.png", "train/b/1.png", "val/a/1.png"] { try split.writeImage(name) }
        try writeRun("runs/x-1", in: split)
        try writeOutput("sheet.png", in: split)
        let data = try openDataset(at: split.path)
        #expect(data.training.count == 2 && data.validation?.count == 1)
        #expect(data.notes.contains { $0.contains("2 outputs of Apus are left out") })
    }

    @Test("A folder of images is a class, regardless of its other contents")
    func realImages() throws {
        let folder = try TemporaryFolder()
        try folder.writeImage("a/1.png")
        try folder.writeImage("runs/1.png")
        try writeRun("runs/x-1", in: folder)
        try folder.write("b/config.json", "{}".utf8)
        try folder.writeImage("b/1.png")
        #expect(try openDataset(at: folder.path).classNames == ["a", "b", "runs"])
        // Neither an image nor an output: a class without images, which is an error.
        try folder.make("empty")
        let error = #expect(throws: DatasetError.self) { try openDataset(at: folder.path) }
        #expect(error?.code == .emptyClass)
    }

    @Test("A loop of links counts once; an empty or unreadable folder is reported in order")
    func lists() throws {
        let folder = try TemporaryFolder()
        for name in ["a/1.png", "a/b/2.png"] { try folder.writeImage(name) }
        try folder.link("a/b/loop", to: folder.path("a"))
        try folder.link("a/self", to: ".")
        try folder.make("empty")
        #expect(try ImageList(paths: [folder.path("a")]).count == 2)
        // Even root cannot access a path that is too long for the system.
        var parent = open(folder.path("a"), O_DIRECTORY | O_RDONLY)
        let name = String(repeating: "x", count: 250)
        for _ in 0..<20 {
            try #require(mkdirat(parent, name, 0o755) == 0)
            let inner = openat(parent, name, O_DIRECTORY | O_RDONLY)
            close(parent)
            parent = inner
        }
        close(parent)
        // Foundation cannot remove it.
        defer {
            try? Process.run(URL(filePath: "/bin/rm"), arguments: ["-rf", folder.path("a/\(name)")]).waitUntilExit()
        }
        let list = try ImageList(paths: [folder.path("empty"), folder.path("a")])
        #expect(list.count == 4)
        let readable = (0..<4).map { (try? list.image(at: $0, options: .init())) != nil }
        #expect(readable == [false, true, true, false])
        let empty = #expect(throws: ImageError.self) { _ = try list.encodedImage(at: 0) }
        #expect(empty?.path == folder.path("empty") && empty?.message.contains("no image") == true)
        let closed = #expect(throws: ImageError.self) { _ = try list.encodedImage(at: 3) }
        #expect(closed?.path?.hasPrefix(folder.path("a/x")) == true)
        // Alone it is an error immediately.
        let error = #expect(throws: DatasetError.self) { try ImageList(paths: [folder.path("empty")]) }
        #expect(error?.code == .empty && error?.path == folder.path("empty"))
        #expect(ImageList(partOfList: [folder.path("empty")]).count == 1)
        // Names in lists.
        let named = ImageList(partOfList: [
            folder.path("a/1.png") + " ", folder.path("a/b/2"), folder.path("none.png "),
        ])
        #expect(
            (0..<3).map { named.name(at: $0) } == [
                folder.path("a/1.png"), folder.path("a/b/2.png"), folder.path("none.png "),
            ])
        #expect(named.notes.count == 2)
    }
}
