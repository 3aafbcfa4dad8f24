import Foundation
import TestSupport
import Testing

@testable import Images

@Suite("Paths that cannot be accessed")
struct PathFailureTests {
    private func error(_ body: () throws(DatasetError) -> Void) -> DatasetError? {
        do throws(DatasetError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test("The error states why a path cannot be accessed, instead of calling it missing")
    func failures() throws {
        let folder = try TemporaryFolder()
        for name in ["loop", "loop.csv", "loop.txt"] { try folder.link(name, to: name) }
        try folder.write("table.csv", Array("loop/1.png,a\nloop/2.png,b\n".utf8))
        try folder.write("bare.csv", Array("1.png,a\n2.png,b\n".utf8))
        let (loop, long) = (folder.path("loop"), folder.path(String(repeating: "a", count: 300)))
        for path in [loop, "\(loop).csv", "\(loop).txt", "\(loop)/inner", folder.path("table.csv")] {
            let found = error { () throws(DatasetError) in _ = try openDataset(at: path) }
            #expect(found?.code == .unreadable, "\(path)")
            #expect(found?.message.contains("symbolic links") == true, "\(found as Any)")
        }
        for path in [long, "\(long).csv"] {
            let found = error { () throws(DatasetError) in _ = try openDataset(at: path) }
            #expect(found?.code == .unreadable && found?.message.contains("too long") == true, "\(found as Any)")
        }
        let rooted = error { () throws(DatasetError) in
            _ = try openDataset(at: folder.path("bare.csv"), options: .init(root: loop))
        }
        #expect(rooted?.code == .unreadable && rooted?.path == loop)
        let classes = error { () throws(DatasetError) in _ = try DatasetOptions.classNames("\(loop).txt") }
        #expect(classes?.code == .unreadable)
        let missing = error { () throws(DatasetError) in _ = try openDataset(at: folder.path("no.csv")) }
        #expect(missing?.code == .missing && missing?.message.contains("no such file or folder") == true)
    }

    @Test("A list of class names is not read as a path, however long it is")
    func classNames() throws {
        let names = (0..<2000).map { "class \($0)" }
        #expect(try DatasetOptions.classNames(names.joined(separator: ",")) == names)
    }

    @Test("A failure of the machine differs from an unreadable file")
    func machine() {
        for code in [EIO, ESTALE, EMFILE] { #expect(FilePath("a").failure(code).code == .system) }
        for code in [EACCES, ELOOP, ENAMETOOLONG] { #expect(FilePath("a").failure(code).code == .unreadable) }
        #expect(FilePath("a").failure(ENOENT).code == .missing)
    }

    @Test("A table or list larger than a gigabyte is refused before it is read", arguments: ["csv", "txt"])
    func size(ending: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("big.\(ending)")
        #expect(truncate(path, off_t(TextFile.largestSize) + 1) == 0)
        let found = error { () throws(DatasetError) in _ = try openDataset(at: path) }
        #expect(found?.code == .damagedFile && found?.message.contains("1073741825 bytes") == true, "\(found as Any)")
    }

    @Test("A line of a megabyte takes linear time and does not fill the error")
    func longLines() throws {
        let folder = try TemporaryFolder()
        for name in ["a", "b"] { try folder.writeImage("\(name)/1.png") }
        let long = String(repeating: "x y,", count: 1 << 18)
        try folder.write("table.csv", Array("path,label,note\na/1.png,a,\"\(long)\"\nb/1.png,b,\n".utf8))
        #expect(try openDataset(at: folder.path("table.csv")).classNames == ["a", "b"])
        try folder.write("labels.csv", Array("path,label\na/1.png,\"\(long)\"\nb/1.png,b\n".utf8))
        #expect(try openDataset(at: folder.path("labels.csv")).classNames.count == 2)
        try folder.write("list.txt", Array("\(long)\na/1.png\n".utf8))
        let found = error { () throws(DatasetError) in _ = try openDataset(at: folder.path("list.txt")) }
        #expect(found?.code == .ambiguous && (found?.message.count ?? .max) < 1000)
    }

    @Test("The images of a table are recognized after their root folder moved")
    func movedRoot() throws {
        let folder = try TemporaryFolder()
        for place in ["one", "two"] {
            for name in ["1", "2"] { try folder.writeImage("\(place)/\(name).png", gray: UInt8(name) ?? 0) }
        }
        try folder.write("tables/table.csv", Array("1.png,a\n2.png,b\n".utf8))
        let identities = try ["one", "two"].map { place in
            let opened = try openDataset(
                at: folder.path("tables/table.csv"), options: .init(root: folder.path(place)))
            return try opened.training.identities(within: opened.folder)
        }
        #expect(identities[0] == identities[1])
        #expect(identities[0].map(\.name) == ["1.png", "2.png"].map { Array($0.utf8) })
    }
}
