import Testing

@testable import Checkpoints

/// Archives built field by field, valid and invalid ones.
@Suite("ZIP archives") struct ZipArchiveTests {
    private let content = Array("The weights.".utf8)

    /// The record `x` of an archive that contains it and the version.
    private func read(_ record: Record, limit: Int = 1000, longDirectory: Bool = false) throws -> [UInt8] {
        try read(archive([.version, record], isLong: longDirectory), limit: limit)
    }

    private func read(_ bytes: [UInt8], limit: Int = 1000) throws -> [UInt8] {
        try bytes.withUnsafeBytes { bytes in
            let record = try ZipArchive(bytes, limit: limit).record("x", limit: limit)
            guard record.isSound(in: bytes) else { throw CheckpointFault.damaged(ArchiveRecord.damage) }
            return withUnsafeBytes(of: record.source, in: bytes) { Array($0) }
        }
    }

    /// The error for a refused archive.
    private func problem(_ bytes: [UInt8], limit: Int = 1000) throws -> String {
        let fault = try #require(throws: CheckpointFault.self) { try read(bytes, limit: limit) }
        #expect(fault.code == .damaged)
        return fault.problem
    }

    @Test("A stored record is read in place, and a compressed one is inflated")
    func storedAndDeflated() throws {
        let bytes = archive([.version, Record("x", content), Record("y", content, method: 8)])
        try bytes.withUnsafeBytes { bytes in
            let archive = try ZipArchive(bytes, limit: 1000)
            guard case .file(let range) = try archive.record("x", limit: 1000).source else {
                Issue.record("A copy was made.")
                return
            }
            #expect(Array(bytes[range]) == content)
            guard case .memory(let inflated) = try archive.record("y", limit: 1000).source else {
                Issue.record("It is not inflated.")
                return
            }
            #expect(inflated == content)
        }
    }

    @Test("An empty record is read as empty, stored or compressed", arguments: [0, 8])
    func empty(method: Int) throws {
        #expect(try read(Record("x", [], method: method)) == [])
    }

    @Test("A record is found by its name in the archive's folder")
    func names() throws {
        // The entry of a folder, and macOS metadata.
        let others = [Record("", []), Record("data/0", content), Record("y", [], folder: "__MACOSX/"), .version]
        try archive(others).withUnsafeBytes { bytes in
            let archive = try ZipArchive(bytes, limit: 1000)
            #expect(archive.has("data/0") && archive.has("version"))
            #expect(!archive.has("0") && !archive.has("a/version") && !archive.has("y") && !archive.has("Version"))
        }
    }

    @Test("Numbers too large for their field are read from the ZIP64 fields", arguments: [0, 8], [false, true])
    func longNumbers(method: Int, longDirectory: Bool) throws {
        #expect(try read(Record("x", content, method: method, isLong: true), longDirectory: longDirectory) == content)
        #expect(try read(Record("x", content, method: method), longDirectory: longDirectory) == content)
    }

    @Test("Sizes in a data descriptor are read from the directory", arguments: [0, 8], [false, true])
    func dataDescriptor(method: Int, isLong: Bool) throws {
        #expect(try read(Record("x", content, method: method, flags: 8, isLong: isLong)) == content)
    }

    @Test("Padding in a header is skipped")
    func padding() throws {
        let padding: [UInt8] = Array("FB".utf8) + le(41, 2) + Array(repeating: UInt8(ascii: "Z"), count: 41)
        #expect(try read(Record("x", content, padding: padding)) == content)
    }

    @Test("A comment of any length may end the archive", arguments: [0, 1, 65535])
    func comment(count: Int) throws {
        let comment = [UInt8](repeating: UInt8(ascii: "P"), count: count)
        #expect(try read(archive([.version, Record("x", content)], comment: comment)) == content)
    }

    @Test("A record without a checksum is not checked")
    func withoutSum() throws {
        #expect(try read(Record("x", content, crc32: 0)) == content)
    }

    @Test("Versions of PyTorch's reader are accepted wherever they are stored, and no others")
    func versions() throws {
        for (text, name) in [("1", "version"), ("3\n", ".data/version"), ("10\n", "version")] {
            #expect(try read(archive([Record(name, Array(text.utf8)), Record("x", content)])) == content)
        }
        for text in ["0", "11\n", "-3", "x", "", "99999999999999999999"] {
            let bytes = archive([Record("version", Array(text.utf8)), Record("x", content)])
            #expect(try problem(bytes).contains("its version is '"), "\(text)")
        }
        #expect(try problem(archive([Record("x", content)])).contains("it has no version"))
    }

    @Test("An inconsistent archive is refused, and the error gives the reason", arguments: Refusal.all)
    private func refuses(_ refusal: Refusal) throws {
        #expect(try problem(refusal.bytes).contains(refusal.word))
    }

    @Test("A record takes no more memory than allowed")
    func limits() throws {
        let long = [UInt8](repeating: 0, count: 2000)
        #expect(try problem(archive([.version, Record("x", long, method: 8)])).contains("'x' would need 2000 bytes"))
        // Unused records are verified, too.
        let other = archive([.version, Record("x", content), Record("y", long, method: 8)])
        #expect(try problem(other).contains("'y' would need 2000 bytes"))
        #expect(try read(other, limit: 2000) == content)
        // The size is wrong: the record is inflated up to the given size.
        let liar = archive([.version, Record("x", long, method: 8, size: 10)])
        #expect(try problem(liar).contains("its compressed bytes are damaged"))
    }

    @Test("A truncated archive is refused", arguments: [false, true])
    func cuts(isLong: Bool) throws {
        let bytes = archive([.version, Record("x", content, method: 8, isLong: isLong)], isLong: isLong)
        for count in bytes.indices { _ = try problem(Array(bytes.prefix(count))) }
    }

    @Test("A changed byte leaves the record unchanged, or the archive is refused", arguments: [0, 8], [false, true])
    func alteredBytes(method: Int, isLong: Bool) throws {
        let bytes = archive(
            [.version, Record("x", content, method: method, flags: isLong ? 0 : 8, isLong: isLong)], isLong: isLong)
        for place in bytes.indices {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF, bytes[place] ^ 1, bytes[place] ^ 8] {
                var altered = bytes
                altered[place] = value
                do {
                    #expect(try read(altered) == content, "byte \(place) is \(value)")
                } catch is CheckpointFault {}
            }
        }
    }
}

/// A refused archive, and a part of the reason.
private struct Refusal: CustomTestStringConvertible {
    let testDescription: String
    let word: String
    let bytes: [UInt8]

    init(_ name: String, _ word: String, _ records: [Record]) {
        self.init(name, word, bytes: archive(records))
    }

    init(_ name: String, _ word: String, bytes: [UInt8]) {
        (testDescription, self.word, self.bytes) = (name, word, bytes)
    }

    static let all: [Refusal] = {
        let content = Array("The weights.".utf8)
        let sound = archive([.version, Record("x", content)])
        let long = archive([.version, Record("x", content)], isLong: true)
        return [
            Refusal("nothing", "its directory is missing", bytes: []),
            Refusal("no directory", "its directory is missing", bytes: [UInt8](repeating: 0x50, count: 100_000)),
            Refusal("no records", "its directory is out of its bounds", []),
            Refusal("no folder", "in no folder", [Record("version", Array("3".utf8), folder: "")]),
            Refusal("no such record", "it lacks the record 'x'", [.version]),
            Refusal("a record twice", "the record 'x' twice", [.version, Record("x", content), Record("x", content)]),
            Refusal(
                "a place past the end", "'x' is out of its bounds", [.version, Record("x", content, place: 1 << 20)]),
            Refusal(
                "an endless place", "'x' is out of its bounds",
                [.version, Record("x", content, place: .max, isLong: true)]),
            Refusal("another place", "its header is damaged", [.version, Record("x", content, place: 1)]),
            Refusal("the version's place", "header is damaged", [.version, Record("x", content, place: 0)]),
            Refusal("a size past the end", "'x' would need", [.version, Record("x", content, size: 1 << 20)]),
            Refusal(
                "an endless size", "'x' would need", [.version, Record("x", content, size: .max, isLong: true)]),
            Refusal("another size than stored", "is out of its bounds", [.version, Record("x", content, size: 11)]),
            Refusal("another size in its header", "header is damaged", [.version, Record("x", content, ownSize: 11)]),
            Refusal("encrypted", "it is encrypted", [.version, Record("x", content, flags: 1)]),
            Refusal("encrypted strongly", "it is encrypted", [.version, Record("x", content, flags: 0x41)]),
            Refusal("another compression", "method is unknown", [.version, Record("x", content, method: 12)]),
            Refusal("too short", "bytes are damaged", [.version, Record("x", content, method: 8, size: 13)]),
            Refusal("too long", "bytes are damaged", [.version, Record("x", content, method: 8, size: 11)]),
            Refusal("wrong checksum", "CRC-32 does not match", [.version, Record("x", content, crc32: 1)]),
            Refusal(
                "wrong checksum, deflated", "CRC-32 does not match",
                [.version, Record("x", content, method: 8, crc32: 1)]),
            Refusal("more entries", "it ends unexpectedly", bytes: sound.replacing(fromEnd: 14, with: [3, 0, 3, 0])),
            Refusal(
                "entries elsewhere", "is out of its bounds", bytes: sound.replacing(fromEnd: 14, with: [1, 0, 2, 0])),
            Refusal("another part", "is out of its bounds", bytes: sound.replacing(fromEnd: 18, with: [1, 0])),
            Refusal("a directory elsewhere", "directory is damaged", bytes: sound.replacing(fromEnd: 6, with: [0, 0])),
            Refusal(
                "a directory past the end", "is out of its bounds", bytes: sound.replacing(fromEnd: 3, with: [0x7F])),
            Refusal(
                "endless entries", "it ends unexpectedly",
                bytes: long.replacing(fromEnd: 74, with: le(.max, 8) + le(.max, 8))
            ),
            Refusal(
                "an endless directory", "is out of its bounds", bytes: long.replacing(fromEnd: 58, with: le(.max, 8))),
            Refusal("a place without end", "is impossible", bytes: long.replacing(fromEnd: 50, with: le(-1, 8))),
            Refusal(
                "a long directory elsewhere", "it ends unexpectedly",
                bytes: long.replacing(fromEnd: 34, with: le(.max, 8))),
        ]
    }()
}

/// A record of an archive, and the archive's entry for it.
private struct Record {
    let name: String
    let content: [UInt8]
    let method: Int
    let flags: Int
    let crc32: Int?
    /// The size after reading, in the directory and in the record's own header.
    let size: Int?
    let ownSize: Int?
    let place: Int?
    let padding: [UInt8]
    let folder: String
    /// Whether sizes and offset are in a ZIP64 field.
    let isLong: Bool

    init(
        _ name: String, _ content: [UInt8], method: Int = 0, flags: Int = 0, crc32: Int? = nil, size: Int? = nil,
        ownSize: Int? = nil, place: Int? = nil, padding: [UInt8] = [], folder: String = "a/", isLong: Bool = false
    ) {
        (self.name, self.content, self.method, self.flags, self.crc32) = (name, content, method, flags, crc32)
        (self.size, self.ownSize, self.place, self.padding) = (size, ownSize, place, padding)
        (self.folder, self.isLong) = (folder, isLong)
    }

    static let version = Record("version", Array("3\n".utf8))

    /// The stored bytes: deflated without compression, in one block.
    var packed: [UInt8] {
        method == 8 ? [1] + le(content.count, 2) + le(~content.count, 2) + content : content
    }

    var sum: Int { crc32 ?? Int(checksum(content)) }
}

/// A little-endian number of this many bytes.
private func le(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// CRC-32, bit by bit.
private func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0 as UInt32) { sum, byte in
        (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
}

/// The records, the directory and its end, which `isLong` writes as ZIP64.
private func archive(_ records: [Record], isLong: Bool = false, comment: [UInt8] = []) -> [UInt8] {
    let long = Int(UInt32.max)
    var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
    for record in records {
        let (name, packed) = (Array((record.folder + record.name).utf8), record.packed)
        let size = record.size ?? record.content.count
        let ownSize = record.ownSize ?? size
        // A stored record has one size.
        let packedCount = record.method == 0 && size > 1000 ? size : packed.count
        let place = record.place ?? bytes.count
        let kind = le(record.flags, 2) + le(record.method, 2) + le(0, 4)
        var (own, others) = (record.padding, [UInt8]())
        if record.isLong {
            own += le(1, 2) + le(16, 2) + le(ownSize, 8) + le(packed.count, 8)
            others = le(1, 2) + le(24, 2) + le(size, 8) + le(packedCount, 8) + le(place, 8)
        }
        directory += [0x50, 0x4B, 1, 2] + le(45, 2) + le(20, 2) + kind + le(record.sum, 4)
        directory += le(record.isLong ? long : packedCount, 4) + le(record.isLong ? long : size, 4)
        directory += le(name.count, 2) + le(others.count, 2) + le(0, 10)
        directory += le(record.isLong ? long : place, 4) + name + others
        bytes += [0x50, 0x4B, 3, 4] + le(20, 2) + kind
        if record.flags & 8 != 0 {
            bytes += le(0, 12)
        } else {
            bytes +=
                le(record.sum, 4) + le(record.isLong ? long : packed.count, 4) + le(record.isLong ? long : ownSize, 4)
        }
        bytes += le(name.count, 2) + le(own.count, 2) + name + own + packed
        if record.flags & 8 != 0 {
            bytes += [0x50, 0x4B, 7, 8] + le(record.sum, 4) + le(packed.count, 4) + le(record.content.count, 4)
        }
    }
    let (start, end) = (bytes.count, bytes.count + directory.count)
    bytes += directory
    if isLong {
        bytes += [0x50, 0x4B, 6, 6] + le(44, 8) + le(45, 2) + le(45, 2) + le(0, 8)
        bytes += le(records.count, 8) + le(records.count, 8) + le(directory.count, 8) + le(start, 8)
        bytes += [0x50, 0x4B, 6, 7] + le(0, 4) + le(end, 8) + le(1, 4)
    }
    bytes += [0x50, 0x4B, 5, 6] + le(0, 4)
    bytes += isLong ? le(-1, 12) : le(records.count, 2) + le(records.count, 2) + le(directory.count, 4) + le(start, 4)
    return bytes + le(comment.count, 2) + comment
}

extension [UInt8] {
    /// The bytes with `other` in place of those that start `count` before the end.
    fileprivate func replacing(fromEnd count: Int, with other: [UInt8]) -> [UInt8] {
        let start = self.count - count
        return self[..<start] + other + self[(start + other.count)...]
    }
}
