import LibC
import Platform
import TestSupport
import Testing

@testable import Archives

/// Archives that are refused, and what others than archives are.
@Suite("Hostile archives") struct HostileArchiveTests {
    private static let content = Array("An ant.".utf8)

    private static func file(_ name: String, _ change: (inout ArchivedFile) -> Void = { _ in }) -> ArchivedFile {
        ArchivedFile(name, content).with(change)
    }

    /// The error for a refused archive.
    private func refusal(_ bytes: [UInt8], limits: ArchiveLimits = .init()) throws -> ArchiveError {
        let folder = try TemporaryFolder()
        let path = try folder.write("archive", bytes)
        let error = try #require(throws: ArchiveError.self) {
            guard let archive = try Archive(path: path, limits: limits) else {
                Issue.record("It is no archive.")
                return
            }
            for place in 0..<archive.index.count { _ = try archive.bytes(of: place) }
        }
        #expect(!error.problem.isEmpty && error.advice.hasSuffix("."))
        return error
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let code: ArchiveError.Code
        let word: String
        let bytes: [UInt8]

        init(_ name: String, _ code: ArchiveError.Code, _ word: String, zip files: [ArchivedFile]) {
            self.init(name, code, word, ArchiveBytes.zip(files))
        }

        init(_ name: String, _ code: ArchiveError.Code, _ word: String, tar files: [ArchivedFile]) {
            self.init(name, code, word, ArchiveBytes.tar(files))
        }

        init(_ name: String, _ code: ArchiveError.Code, _ word: String, _ bytes: [UInt8]) {
            (testDescription, self.code, self.word, self.bytes) = (name, code, word, bytes)
        }
    }

    static let refusals: [Refusal] = {
        let outside = [
            "../a.jpg", "a/../../b.jpg", "/etc/passwd", "..", "C:\\a.jpg", "C:/a.jpg", "\\a.jpg", "a\\..\\b",
        ]
        let names = outside.flatMap { name in
            [
                Refusal("zip with \(name)", .unsafeName, "leads out", zip: [file(name)]),
                Refusal("tar with \(name)", .unsafeName, "leads out", tar: [file(name)]),
            ]
        }
        let pax = Array("20 path=../evil.jpg\n".utf8)
        let badPax = Array("99 path=a\n".utf8)
        let sparse = Array("22 GNU.sparse.major=1\n".utf8)
        let endless = Array("28 size=\(Int.max)\n".utf8)
        return names + [
            Refusal("a name with a NUL", .unsafeName, "leads out", zip: [file("a\0.jpg")]),
            Refusal("a folder outside", .unsafeName, "leads out", zip: [ArchivedFile("../a/")]),
            Refusal("a file without a name", .unsafeName, "without a name", zip: [file("")]),
            Refusal(
                "a name in a pax header", .unsafeName, "leads out",
                tar: [ArchivedFile("x", pax).with { $0.kind = UInt8(ascii: "x") }, file("a.jpg")]),
            Refusal(
                "a name in GNU's form", .unsafeName, "leads out",
                tar: [ArchivedFile("x", Array("../a\0".utf8)).with { $0.kind = UInt8(ascii: "L") }, file("a.jpg")]),
            Refusal("a deep name", .tooLarge, "folders", zip: [file(String(repeating: "a/", count: 101) + "b")]),
            Refusal("a long name", .tooLarge, "bytes", zip: [file(String(repeating: "a", count: 5000))]),
            Refusal("two files of one name", .duplicate, "'a.jpg'", zip: [file("a.jpg"), file("a.jpg")]),
            Refusal("two names of one file", .duplicate, "'a/b.jpg'", zip: [file("a/b.jpg"), file("./a//b.jpg")]),
            Refusal("two files in a tar", .duplicate, "'a.jpg'", tar: [file("a.jpg"), file("b.jpg"), file("a.jpg")]),
            Refusal(
                "a file that is a folder", .duplicate, "a folder with the name 'a'", zip: [file("a/b"), file("a")]),
            Refusal(
                "a folder that is a file", .duplicate, "a folder with the name 'a'", tar: [file("a"), file("a/b")]),
            Refusal("encrypted", .encrypted, "'a.jpg' is encrypted", zip: [file("a.jpg") { $0.flags = 1 }]),
            Refusal("bzip2", .unsupported, "method 12 (bzip2)", zip: [file("a.jpg") { $0.method = 12 }]),
            Refusal("an unknown method", .unsupported, "method 77", zip: [file("a.jpg") { $0.method = 77 }]),
            Refusal("one file in another", .overlap, "share bytes", zip: [file("a"), file("b") { $0.position = 0 }]),
            Refusal(
                "half a file in another", .overlap, "share bytes",
                zip: [ArchivedFile("a", ArchiveBytes.zip([file("b")])), file("b") { $0.position = 31 }]),
            Refusal(
                "a size beyond Deflate", .tooLarge, "impossible",
                zip: [file("a") { ($0.method, $0.size) = (8, 1 << 30) }]),
            Refusal(
                "a size beyond the end", .truncated, "out of its bounds", zip: [file("a") { $0.size = 1 << 30 }]),
            Refusal("a size too small", .damaged, "is damaged", zip: [file("a") { ($0.method, $0.size) = (8, 3) }]),
            Refusal("a size too large", .damaged, "is damaged", zip: [file("a") { ($0.method, $0.size) = (8, 9) }]),
            Refusal("a wrong checksum", .damaged, "CRC-32", zip: [file("a") { $0.crc32 = 1 }]),
            Refusal(
                "a wrong checksum, deflated", .damaged, "CRC-32", zip: [file("a") { ($0.method, $0.crc32) = (8, 1) }]),
            Refusal("a sparse file", .unsupported, "sparse", tar: [file("a") { $0.kind = UInt8(ascii: "S") }]),
            Refusal(
                "a sparse file of pax", .unsupported, "sparse",
                tar: [ArchivedFile("x", sparse).with { $0.kind = UInt8(ascii: "x") }, file("a.jpg")]),
            Refusal("several volumes", .unsupported, "volumes", tar: [file("a") { $0.kind = UInt8(ascii: "M") }]),
            Refusal(
                "damaged properties", .damaged, "properties",
                tar: [ArchivedFile("x", badPax).with { $0.kind = UInt8(ascii: "x") }, file("a.jpg")]),
            Refusal(
                "endless properties", .tooLarge, "has 1073741824 bytes",
                tar: [ArchivedFile("x").with { ($0.kind, $0.size) = (UInt8(ascii: "x"), 1 << 30) }]),
            Refusal("a file beyond the end", .truncated, "ends", tar: [file("a") { $0.size = 1 << 30 }]),
            Refusal(
                "a folder beyond the end", .truncated, "ends unexpectedly in 'a/'",
                tar: [ArchivedFile("x", endless).with { $0.kind = UInt8(ascii: "x") }, file("a/")]),
            Refusal(
                "another member beyond the end", .truncated, "ends unexpectedly in 'a'",
                tar: [
                    ArchivedFile("x", endless).with { $0.kind = UInt8(ascii: "x") },
                    file("a") { $0.kind = UInt8(ascii: "A") },
                ]),
            Refusal("7z", .unsupported, "a 7z archive", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0, 0]),
            Refusal("RAR", .unsupported, "a RAR archive", Array("Rar!\u{1A}\u{7}\u{1}\u{0}".utf8)),
            Refusal("xz", .unsupported, "xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0]),
        ]
    }()

    @Test("An archive that is not safe or not supported is refused with the reason", arguments: refusals)
    private func refused(_ refusal: Refusal) throws {
        let error = try self.refusal(refusal.bytes)
        #expect(error.code == refusal.code, "\(error)")
        #expect(error.problem.contains(refusal.word), "\(error)")
    }

    @Test("A truncated archive is refused, wherever it ends", arguments: ["zip", "zip8", "tar", "gz", "zst"])
    func cuts(kind: String) throws {
        let tar = ArchiveBytes.tar([Self.file("ants/1.jpg"), Self.file("ants/2.jpg")])
        let bytes =
            switch kind {
            case "zip": ArchiveBytes.zip([Self.file("ants/1.jpg"), Self.file("ants/2.jpg")])
            case "zip8": ArchiveBytes.zip([Self.file("ants/1.jpg") { $0.method = 8 }])
            case "tar": Array(tar.dropLast(1024))
            case "gz": ArchiveBytes.gzip(tar)
            default: ArchiveBytes.zstandard(tar)
            }
        let folder = try TemporaryFolder()
        for count in stride(from: 0, to: bytes.count, by: kind.hasPrefix("zip") ? 1 : 97) {
            let path = try folder.write("\(count)", bytes.prefix(count))
            do throws(ArchiveError) {
                guard let archive = try Archive(path: path) else { continue }
                // A tar archive may end after any member of 512 + 7 bytes, and without the padding of the last.
                #expect(kind == "tar" && (count % 1024 == 0 || count % 1024 >= 519), "\(count)")
                #expect(archive.index.count <= 3)
            } catch {
                #expect([.truncated, .damaged].contains(error.code), "\(count): \(error)")
            }
        }
    }

    @Test("A changed byte changes nothing, a name or a size, or the archive is refused", arguments: ["zip", "tar"])
    func alteredBytes(kind: String) throws {
        let files = [Self.file("ants/1.jpg") { $0.method = 8 }, Self.file("bees/2.jpg")]
        let bytes = kind == "zip" ? ArchiveBytes.zip(files) : ArchiveBytes.tar(files)
        let folder = try TemporaryFolder()
        for place in bytes.indices where kind == "zip" || place % 5 == 0 {
            for (number, value) in [0, 0x80, bytes[place] ^ 1].enumerated() {
                var altered = bytes
                altered[place] = value
                let path = try folder.write("\(place)-\(number)", altered)
                guard let archive = try? Archive(path: path) else { continue }
                for place in 0..<archive.index.count where archive.index[place].kind == .file {
                    guard let read = try? archive.bytes(of: place) else { continue }
                    #expect(read.count == archive.index[place].size)
                    if kind == "zip" { #expect(read == Self.content) }
                }
            }
        }
    }

    @Test("A compressed tar archive grows only up to the limits")
    func bombs() throws {
        let bomb = ArchiveBytes.tar([ArchivedFile("a.jpg", [UInt8](repeating: 0, count: 300_000))])
        var limits = ArchiveLimits()
        (limits.expansion, limits.allowance) = (0, 200_000)
        for bytes in [ArchiveBytes.gzip(bomb), ArchiveBytes.zstandard(bomb)] {
            let error = try refusal(bytes, limits: limits)
            #expect(error.code == .tooLarge && error.problem.contains("more than 200000 bytes"), "\(error)")
        }
    }

    @Test("The numbers of files and of bytes of names are limited")
    func counts() throws {
        let files = (0..<20).map { Self.file("folder/\($0)") }
        var limits = ArchiveLimits()
        limits.members = 19
        #expect(try refusal(ArchiveBytes.zip(files), limits: limits).code == .tooLarge)
        #expect(try refusal(ArchiveBytes.tar(files), limits: limits).code == .tooLarge)
        limits.members = 20
        limits.nameBytes = 100
        #expect(try refusal(ArchiveBytes.zip(files), limits: limits).code == .tooLarge)
        limits.nameBytes = 1000
        limits.directoryBytes = 500
        #expect(try refusal(ArchiveBytes.zip(files), limits: limits).code == .tooLarge)
    }

    @Test("Files that are no archives are none")
    func others() throws {
        let folder = try TemporaryFolder()
        let others: [[UInt8]] = [
            [], [0x50], Array("path,label\n".utf8), [UInt8](repeating: 0, count: 2048),
            ArchiveBytes.gzip(Array("not a tar archive".utf8)),
            ArchiveBytes.zstandard([UInt8](repeating: 7, count: 999)),
            [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 1, count: 1000),
        ]
        for (place, bytes) in others.enumerated() {
            let path = try folder.write("\(place)", bytes)
            #expect(try Archive(path: path) == nil, "\(place)")
            #expect(!Archive.isArchive(path), "\(place)")
        }
        #expect(throws: ArchiveError.self) { try Archive(path: nowhere) }
        #expect(!Archive.isArchive(nowhere))
    }

    @Test("Links in a ZIP archive are left out")
    func links() throws {
        let folder = try TemporaryFolder()
        let files = [Self.file("a.jpg"), Self.file("link.jpg") { $0.mode = 0o120777 }]
        let archive = try #require(try Archive(path: folder.write("a.zip", ArchiveBytes.zip(files))))
        #expect(archive.index.count == 1 && archive.leftOut == 1)
    }

    @Test("An archive that is written while it is in use is reported")
    func changes() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.tar", ArchiveBytes.tar([Self.file("a.jpg")]))
        let archive = try #require(try Archive(path: path))
        let file = try #require(fopen(path, "r+"))
        fseek(file, 512, SEEK_SET)
        fputs("A bee.!", file)
        fputs("more", file)
        fseek(file, 0, SEEK_END)
        fputs("longer", file)
        fclose(file)
        let error = try #require(throws: ArchiveError.self) { try archive.bytes(of: 0) }
        #expect(error.problem.contains("changed"))
    }

    @Test("Many threads read one archive at the same time", arguments: ["a.zip", "a.tar"])
    func threads(name: String) async throws {
        let folder = try TemporaryFolder()
        let files = (0..<64).map { number in
            ArchivedFile("\(100 + number)", [UInt8](repeating: UInt8(number), count: 1000 * number)).with {
                $0.method = number % 2 * 8
            }
        }
        let path = try folder.write(name, name == "a.zip" ? ArchiveBytes.zip(files) : ArchiveBytes.tar(files))
        let archive = try #require(try Archive(path: path))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for thread in 0..<16 {
                group.addTask {
                    for place in 0..<64 {
                        let place = (place + 4 * thread) % 64
                        let bytes = try archive.bytes(of: place)
                        #expect(bytes.count == 1000 * place && bytes.allSatisfy { $0 == UInt8(place) })
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
