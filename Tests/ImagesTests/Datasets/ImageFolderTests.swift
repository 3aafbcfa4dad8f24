import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Class folders")
struct ImageFolderTests {
    @Test("Classes and files are sorted by their bytes")
    func order() throws {
        let folder = try TemporaryFolder()
        // Uppercase before lowercase, and both before non-ASCII characters.
        for name in ["bees", "Zebra", "äpfel", "ants"] {
            try folder.writeImage("\(name)/2.png")
            try folder.writeImage("\(name)/10.png")
        }
        let dataset = try ImageFolder(path: folder.path)
        #expect(dataset.classNames == ["Zebra", "ants", "bees", "äpfel"])
        #expect(dataset.labels == [0, 0, 1, 1, 2, 2, 3, 3])
        #expect((0..<2).map { dataset.name(at: $0) } == ["10.png", "2.png"].map { folder.path("Zebra/\($0)") })
        #expect(dataset.countsByClass == [2, 2, 2, 2])
    }

    @Test("Canonically equivalent names with different bytes are two classes")
    func canonicalEquivalence() throws {
        let folder = try TemporaryFolder()
        try folder.writeImage("caf\u{e9}/1.png")
        try folder.writeImage("cafe\u{301}/1.png")
        try folder.writeImage("cafe\u{301}/2.png")
        let dataset = try ImageFolder(path: folder.path)
        #expect(dataset.classNames.map { Array($0.utf8) } == ["cafe\u{301}", "caf\u{e9}"].map { Array($0.utf8) })
        #expect(dataset.countsByClass == [2, 1])
    }

    @Test("Extensions are case-insensitive, hidden files are ignored, and other files are reported")
    func extensions() throws {
        let folder = try TemporaryFolder()
        for name in ["1.JPG", "2.Jpeg", "3.png", "4.WEBP"] { try folder.writeImage("a/\(name)") }
        try folder.writeImage("a/.hidden.png")
        try folder.writeImage(".git/1.png")
        try folder.writeImage("__MACOSX/1.png")
        try folder.write("a/5.mp4")
        try folder.write("a/notes")
        try folder.write("LICENSE.txt")
        let dataset = try ImageFolder(path: folder.path)
        #expect(dataset.classNames == ["a"])
        #expect(dataset.count == 4)
        #expect(dataset.ignored.count == 3)
        #expect(dataset.ignored.countsByExtension == ["mp4": 1, "": 1, "txt": 1])
        #expect(dataset.ignored.description.contains(folder.path("a/5.mp4")))
    }

    @Test("Nested folders are walked in the order of full paths, as in torchvision")
    func nested() throws {
        let folder = try TemporaryFolder()
        for name in ["a/z.png", "a/sub/1.png", "a/sub/deep/1.png", "a/sub-2/1.png", "a/image.jpg/1.png"] {
            try folder.writeImage(name)
        }
        let dataset = try ImageFolder(path: folder.path)
        let names = (0..<dataset.count).map { String(dataset.name(at: $0).dropFirst(folder.path.count + 1)) }
        // The result of sorted(os.walk()).
        #expect(names == ["a/z.png", "a/image.jpg/1.png", "a/sub/1.png", "a/sub-2/1.png", "a/sub/deep/1.png"])
    }

    @Test("Links are followed, and loops of links do no harm")
    func links() throws {
        let elsewhere = try TemporaryFolder()
        try elsewhere.writeImage("one.png")
        let folder = try TemporaryFolder()
        try folder.writeImage("a/1.png")
        try folder.writeImage("b/1.png")
        try folder.link("a/2.png", to: elsewhere.path("one.png"))
        try folder.link("a/3.png", to: folder.path("nowhere"))
        try folder.link("a/self", to: folder.path("a"))
        try folder.link("a/root", to: folder.path)
        try folder.link("c", to: elsewhere.path)
        let dataset = try ImageFolder(path: folder.path)
        #expect(dataset.classNames == ["a", "b", "c"])
        #expect(dataset.countsByClass == [2, 1, 1])
        #expect(dataset.ignored.examples == [folder.path("a/3.png")])
        #expect(try dataset.image(at: 1, options: .init()).width == 4)
    }

    @Test("A file with a name that is not UTF-8 is read")
    func namesInOtherEncodings() throws {
        let folder = try TemporaryFolder()
        try folder.writeImage("a/1.png", gray: 77)
        let source = FilePath(folder.path("a/1.png"))
        let target = FilePath(folder.path("a")).appending([0xE9] + Array(".png".utf8))
        #expect(source.withCString { from in target.withCString { to in rename(from, to) } } == 0)
        let dataset = try ImageFolder(path: folder.path)
        #expect(dataset.count == 1)
        #expect(try dataset.image(at: 0, options: .init()).pixels.first == 77)
    }

    @Test("An empty class is an error that names it, unless empty classes are allowed")
    func emptyClass() throws {
        let folder = try TemporaryFolder()
        try folder.writeImage("a/1.png")
        try folder.make("empty")
        let error = #expect(throws: DatasetError.self) { try ImageFolder(path: folder.path) }
        #expect(error?.code == .emptyClass)
        #expect(error?.description.contains("empty") == true)
        let dataset = try ImageFolder(path: folder.path, allowsEmptyClasses: true)
        #expect(dataset.classNames == ["a", "empty"])
        #expect(dataset.countsByClass == [1, 0])
    }

    @Test("Images next to class folders are an error")
    func mixed() throws {
        let folder = try TemporaryFolder()
        try folder.writeImage("a/1.png")
        try folder.writeImage("1.png")
        let error = #expect(throws: DatasetError.self) { try ImageFolder(path: folder.path) }
        #expect(error?.code == .ambiguous)
    }
}

@Suite("Labels in file names")
struct FilenameLabeledFolderTests {
    @Test("The label is the part before the first dot")
    func labels() throws {
        let folder = try TemporaryFolder()
        for name in ["dog.1328.jpg", "cat.9586.jpg", "cat.10.small.png", "dog.2.JPG"] {
            try folder.writeImage(name)
        }
        try folder.write("list.txt")
        try folder.writeImage(".cat.1.jpg")
        let dataset = try FilenameLabeledFolder(path: folder.path)
        #expect(dataset.classNames == ["cat", "dog"])
        #expect(dataset.labels == [0, 0, 1, 1])
        #expect(dataset.name(at: 0) == folder.path("cat.10.small.png"))
        #expect(dataset.ignored.examples == [folder.path("list.txt")])
    }
}
