import Foundation
import LibC
import TestSupport
import Testing

@testable import Images

@Suite("Files of a folder that count as images")
struct ImageFilesTests {
    private let portableMap = Array("P3 1 1 255 10 20 30\n".utf8)

    @Test(
        "The extensions of all formats count, in any case",
        arguments: [
            "1.jpg", "2.JPEG", "3.jpe", "4.jfif", "5.png", "6.apng", "7.webp", "8.GIF", "9.bmp", "10.dib", "11.pbm",
            "12.pgm", "13.ppm", "14.pnm", "15.tif", "16.TIFF", "17.heic", "18.heif", "19.hif", "20.avif",
        ])
    func extensions(name: String) throws {
        #expect(ImageFiles.accepts(name: name))
        let folder = try TemporaryFolder()
        try folder.write("a/\(name)")
        #expect(try ImageFolder(path: folder.path).count == 1)
    }

    @Test("Every extension belongs to a format")
    func formats() {
        for name in ImageFiles.extensions {
            #expect(ImageFacts.Format.allCases.contains { $0.fits(fileExtension: name) }, "\(name)")
        }
        #expect(ImageFiles.formats == "JPEG, PNG, WebP, GIF, BMP, PNM, TIFF, HEIC, AVIF")
    }

    @Test("Files with an unknown extension or without one count if their bytes are those of an image")
    func unknownEndings() throws {
        let folder = try TemporaryFolder()
        for name in ["cat", "cat.9586", "cat.jpg_small", "photo.", "map.data"] {
            try folder.write("a/\(name)", name == "map.data" ? portableMap : pngBytes())
        }
        for (name, bytes) in [
            ("notes", Array("P1 is a name, not a format".utf8)), ("empty", []), ("BMW", Array("BM and more".utf8)),
        ] {
            try folder.write("a/\(name)", bytes)
        }
        try folder.make("a/inner")
        let dataset = try ImageFolder(path: folder.path)
        let names = (0..<dataset.count).map { String(dataset.name(at: $0).dropFirst(folder.path.count + 1)) }
        #expect(names == ["a/cat", "a/cat.9586", "a/cat.jpg_small", "a/map.data", "a/photo."])
        #expect(dataset.ignored.count == 3)
        #expect(dataset.ignored.description.hasPrefix("3 files are ignored (not images): "))
        for index in 0..<dataset.count { _ = try dataset.image(at: index, options: .init()) }
        let list = try ImageList(paths: [folder.path])
        #expect(list.count == 5)
        #expect(try openDataset(at: folder.path, minimumClasses: 1).training.count == 5)
    }

    @Test("Files that are something else by their extension are never images, whatever their bytes")
    func otherExtensions() throws {
        let folder = try TemporaryFolder()
        try folder.writeImage("a/1.png")
        for name in ["raw.nef", "raw.DNG", "clip.mp4", "clip.thm", "notes.txt", "1.png.bak", "1.png~", "1.png.xmp"] {
            try folder.write("a/\(name)", pngBytes())
        }
        let dataset = try ImageFolder(path: folder.path)
        #expect(dataset.count == 1)
        #expect(dataset.ignored.count == 8)
    }

    @Test("Listing opens only files with an unknown extension")
    func openedFiles() throws {
        let folder = try TemporaryFolder()
        for number in 0..<50 {
            for name in ["jpg", "gif", "tiff", "heic", "txt", "mp4"] { try folder.write("a/\(number).\(name)") }
        }
        let watch = try OpenedFiles(in: folder.path("a"))
        let opened = try openDataset(at: folder.path, minimumClasses: 1)
        #expect(opened.training.count == 200)
        #expect(try watch.names() == [])
        try folder.write("a/unknown", pngBytes())
        _ = try watch.names()
        #expect(try ImageFolder(path: folder.path).count == 201)
        #expect(Set(try watch.names()) == ["unknown"])
    }

    @Test("A pipe without an extension is not opened")
    func pipes() throws {
        let folder = try TemporaryFolder()
        try folder.writeImage("a/1.png")
        #expect(mkfifo(folder.path("a/pipe"), 0o600) == 0)
        let dataset = try ImageFolder(path: folder.path)
        #expect(dataset.count == 1)
        #expect(dataset.ignored.count == 1)
    }

    @Test("The message for a folder without images gives the formats")
    func noImages() throws {
        let folder = try TemporaryFolder()
        try folder.write("notes.txt")
        let error = #expect(throws: DatasetError.self) { try openDataset(at: folder.path) }
        #expect(error?.description.contains("contains no images (\(ImageFiles.formats))") == true)
    }

    private func pngBytes() throws -> [UInt8] { try Image(width: 2, height: 2, filledWith: .black).pngData() }
}

/// The files in a folder that any process opened, by the events of the system.
private final class OpenedFiles {
    private let events: CInt

    init(in folder: String) throws {
        events = inotify_init1(CInt(IN_NONBLOCK))
        try #require(events >= 0)
        try #require(inotify_add_watch(events, folder, UInt32(IN_OPEN)) >= 0)
    }

    deinit { close(events) }

    /// The names since the last call, with one of each opening.
    func names() throws -> [String] {
        var names: [String] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(events, &buffer, buffer.count)
            guard count > 0 else { return names }
            // Each event has 16 bytes, of which the last four are the length of the name after it.
            var place = 0
            while place + 16 <= count {
                let length = buffer.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place + 12, as: UInt32.self) }
                let name = buffer[(place + 16)..<(place + 16 + Int(length))].prefix { $0 != 0 }
                if !name.isEmpty { names.append(String(decoding: name, as: UTF8.self)) }
                place += 16 + Int(length)
            }
        }
    }
}
