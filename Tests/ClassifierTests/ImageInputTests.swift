import Foundation
import Images
import TestSupport
import Testing

@testable import Classifier

@Suite("Image inputs") struct ImageInputTests {
    private func write(_ names: [String], to folder: URL) throws {
        let bytes = try Image(width: 2, height: 2).pngData()
        for name in names {
            let file = folder.appending(path: name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
        }
    }

    private func names(_ input: ImageInput, in folder: URL) -> [String] {
        (0..<input.images.count).map { String(input.images.name(at: $0).dropFirst(folder.path.count + 1)) }
    }

    @Test("Files and folders keep their order, and a limit takes the first images")
    func paths() throws {
        try withTemporaryFolder { folder in
            try write(["photos/b.png", "photos/a.png", "z.png"], to: folder)
            let paths = ["z.png", "photos"].map { folder.appending(path: $0).path }
            let input = try ImageInput(paths: paths)
            #expect(names(input, in: folder) == ["z.png", "photos/a.png", "photos/b.png"])
            #expect(!input.isLabeled && !input.isSplit && input.lines == ["3 images without labels"])
            #expect(try names(ImageInput(paths: paths, limit: 2), in: folder) == ["z.png", "photos/a.png"])
            #expect(names(ImageInput(partOfList: paths, limit: 1), in: folder) == ["z.png"])
        }
    }

    @Test("An entry of a dataset has a label and a split")
    func dataset() throws {
        try withTemporaryFolder { folder in
            try write(["train/cat/1.png", "train/dog/1.png", "val/cat/2.png", "val/dog/2.png"], to: folder)
            let input = try ImageInput(at: folder.path)
            #expect(input.isLabeled && input.isSplit && input.images.count == 4)
            let entries = (0..<4).map { input.entry(at: $0) }
            #expect(entries.map(\.label) == ["cat", "dog", "cat", "dog"])
            #expect(entries.map(\.split) == ["train", "train", "val", "val"])
            let limited = try ImageInput(at: folder.path, limit: 1)
            #expect((0..<2).map { limited.split(at: $0) } == ["train", "val"] && limited.images.count == 2)
            let plain = try ImageInput(at: folder.path, ignoresLabels: true)
            #expect(!plain.isLabeled && plain.images.count == 4 && plain.entry(at: 0).label == nil)
        }
    }
}
