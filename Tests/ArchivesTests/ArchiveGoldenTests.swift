import Foundation
import Platform
import TestSupport
import Testing

@testable import Archives

/// Archives that Python and zstd packed, with the files that Python reads.
@Suite("Archives of other programs") struct ArchiveGoldenTests {
    struct Golden: Decodable, CustomTestStringConvertible {
        struct File: Decodable {
            let name: String
            let size: Int
            let crc32: UInt32
        }

        let archive: String
        let leftOut: Int
        let files: [File]

        var testDescription: String { archive }
    }

    static let goldens: [Golden] = (try? Goldens.json("archives/listing.json")) ?? []

    @Test("There are goldens of every format")
    func count() {
        #expect(Self.goldens.count >= 18)
    }

    @Test("The names, sizes and bytes of all files are those that Python reads", arguments: goldens)
    private func files(_ golden: Golden) throws {
        let archive = try #require(try Archive(path: Goldens.url("archives/\(golden.archive)").path))
        #expect(archive.leftOut == golden.leftOut)
        let places = (0..<archive.index.count).filter { archive.index[$0].kind == .file }
        #expect(places.map { String(decoding: archive.index.name($0), as: UTF8.self) } == golden.files.map(\.name))
        for (place, file) in zip(places, golden.files) {
            #expect(archive.index[place].size == file.size, "\(file.name)")
            let bytes = try archive.bytes(of: place)
            #expect(bytes.count == file.size && ArchiveBytes.checksum(bytes) == file.crc32, "\(file.name)")
            // Reading into memory, a part and several parts gives the same bytes.
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: file.size, alignment: 1)
            defer { memory.deallocate() }
            try archive.read(place, into: memory)
            #expect(Array(memory) == bytes, "\(file.name)")
            #expect(try archive.prefix(10, of: place) == Array(bytes.prefix(10)), "\(file.name)")
            let ranges = [0..<min(5, file.size), file.size / 2..<file.size]
            #expect(try archive.parts(ranges, of: place) == ranges.map { Array(bytes[$0]) }, "\(file.name)")
        }
        #expect((archive.expandedSize != nil) == golden.archive.contains(".tar."))
    }

    @Test("A folder's entries are its direct files and folders, in the order of their bytes", arguments: goldens)
    private func folders(_ golden: Golden) throws {
        let archive = try #require(try Archive(path: Goldens.url("archives/\(golden.archive)").path))
        var (found, waiting): ([String], [[UInt8]]) = ([], [[]])
        while let folder = waiting.popLast() {
            var names: [[UInt8]] = []
            archive.index.visit(folder) { name, place in
                names.append(name)
                let full = folder.isEmpty ? name : folder + [UInt8(ascii: "/")] + name
                #expect(archive.index.name(place) == full)
                #expect(archive.index.place(of: full) == place)
                if archive.index[place].kind == .file {
                    found.append(String(decoding: full, as: UTF8.self))
                } else {
                    waiting.append(full)
                }
                return true
            }
            #expect(names == names.sorted { $0.lexicographicallyPrecedes($1) })
        }
        #expect(found.sorted() == golden.files.map(\.name).sorted())
        #expect(archive.index.place(of: Array("nothing".utf8)) == nil)
    }

    @Test("Empty folders of an archive are listed")
    func emptyFolders() throws {
        let archive = try #require(try Archive(path: Goldens.url("archives/folders.zip").path))
        #expect(
            (0..<archive.index.count).map { String(decoding: archive.index.name($0), as: UTF8.self) } == [
                "photos", "photos/ants", "photos/ants/1.jpg", "photos/empty",
            ])
    }
}
