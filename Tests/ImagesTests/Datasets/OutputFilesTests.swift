import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Outputs are not data")
struct OutputFilesTests {
    /// An image as Apus draws it.
    private func writeOutput(_ name: String, in folder: TemporaryFolder) throws {
        let image = Image(width: 4, height: 3, pixels: [UInt8](repeating: 9, count: 36))
        try folder.write(name, OutputMark.marked(png: image.pngData()))
    }

    private func writeRun(_ name: String, in folder: TemporaryFolder) throws {
        try folder.write("\(name)/config.json", "{}".utf8)
        try folder.write("\(name)/metrics.csv")
        // As runs of earlier versions have it, without the mark.
        try folder.writePicture("\(name)/curves.png")
    }

    @Test("The mark is a chunk that PNG readers pass over")
    func mark() throws {
        let image = Image(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
        #expect(try Image(decoding: OutputMark.marked(png: image.pngData())).pixels == image.pixels)
    }

    @Test("Runs, sheets and explanations among class folders are left out, and that is said")
    func classFolders() throws {
        let folder = try TemporaryFolder()
        for name in ["red/1.png", "red/2.png", "blue/1.png"] { try folder.writePicture(name) }
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
        let list = try PictureList(paths: [folder.path])
        #expect(list.count == 3)
        #expect(list.ignored.outputCount == 6)
        // Who names such a file wants it.
        #expect(try PictureList(paths: [folder.path("look.png")]).count == 1)
    }

    @Test("Outputs do not stand in the way of flat folders and of folders for training and validation")
    func otherLayouts() throws {
        let flat = try TemporaryFolder()
        for name in ["cat.1.png", "cat.2.png", "dog.1.png"] { try flat.writePicture(name) }
        try writeRun("runs/x-1", in: flat)
        try writeOutput("sheet.png", in: flat)
        #expect(try openDataset(at: flat.path).classNames == ["cat", "dog"])
        let pattern = DatasetOptions(labelPattern: "^([a-z]+)")
        #expect(try openDataset(at: flat.path, options: pattern).training.count == 3)

        let split = try TemporaryFolder()
        for name in ["train/a/1.png", "train/b/1.png", "val/a/1.png"] { try split.writePicture(name) }
        try writeRun("runs/x-1", in: split)
        try writeOutput("sheet.png", in: split)
        let data = try openDataset(at: split.path)
        #expect(data.training.count == 2 && data.validation?.count == 1)
        #expect(data.notes.contains { $0.contains("2 outputs of Apus are left out") })
    }

    @Test("A folder of images is a class, whatever else lies in it")
    func realImages() throws {
        let folder = try TemporaryFolder()
        try folder.writePicture("a/1.png")
        try folder.writePicture("runs/1.png")
        try writeRun("runs/x-1", in: folder)
        try folder.write("b/config.json", "{}".utf8)
        try folder.writePicture("b/1.png")
        #expect(try openDataset(at: folder.path).classNames == ["a", "b", "runs"])
        // No image and no output: a class without images, which is an error as ever.
        try folder.make("empty")
        let error = #expect(throws: DatasetError.self) { try openDataset(at: folder.path) }
        #expect(error?.code == .emptyClass)
    }

    @Test("A loop of links is counted once; a folder that is empty or can't be read is named in its place")
    func lists() throws {
        let folder = try TemporaryFolder()
        for name in ["a/1.png", "a/b/2.png"] { try folder.writePicture(name) }
        try folder.link("a/b/loop", to: folder.path("a"))
        try folder.link("a/self", to: ".")
        try folder.make("empty")
        #expect(try PictureList(paths: [folder.path("a")]).count == 2)
        // A path that is too long for the system is closed to root as well.
        var parent = open(folder.path("a"), O_DIRECTORY | O_RDONLY)
        let name = String(repeating: "x", count: 250)
        for _ in 0..<20 {
            try #require(mkdirat(parent, name, 0o755) == 0)
            let inner = openat(parent, name, O_DIRECTORY | O_RDONLY)
            close(parent)
            parent = inner
        }
        close(parent)
        // Foundation can't remove it.
        defer {
            try? Process.run(URL(filePath: "/bin/rm"), arguments: ["-rf", folder.path("a/\(name)")]).waitUntilExit()
        }
        let list = try PictureList(paths: [folder.path("empty"), folder.path("a")])
        #expect(list.count == 4)
        let readable = (0..<4).map { (try? list.image(at: $0, options: .init())) != nil }
        #expect(readable == [false, true, true, false])
        let empty = #expect(throws: ImageError.self) { _ = try list.encodedImage(at: 0) }
        #expect(empty?.path == folder.path("empty") && empty?.message.contains("no image") == true)
        let closed = #expect(throws: ImageError.self) { _ = try list.encodedImage(at: 3) }
        #expect(closed?.path?.hasPrefix(folder.path("a/x")) == true)
        // Alone it is an error at once.
        let error = #expect(throws: DatasetError.self) { try PictureList(paths: [folder.path("empty")]) }
        #expect(error?.code == .empty && error?.path == folder.path("empty"))
        #expect(PictureList(partOfList: [folder.path("empty")]).count == 1)
        // Names as a list may have them.
        let named = PictureList(partOfList: [
            folder.path("a/1.png") + " ", folder.path("a/b/2"), folder.path("none.png "),
        ])
        #expect(
            (0..<3).map { named.name(at: $0) } == [
                folder.path("a/1.png"), folder.path("a/b/2.png"), folder.path("none.png "),
            ])
        #expect(named.notes.count == 2)
    }
}
