/// The record at the end of a ZIP archive: PKWARE's APPNOTE 6.3.10, with the fields of ZIP64.
///
/// An attacker may have chosen any number, so each is checked against the archive's end before use.
package struct ZipEnd {
    /// The number of bytes at an archive's end that contain the record: a comment of up to 65,535 bytes may follow it.
    package static let longest = 22 + 0xFFFF + 20

    /// The number of entries in the directory.
    package let count: Int
    /// The bytes of the directory in the archive.
    package let directory: Range<Int>

    /// Finds the record.
    ///
    /// - Parameters:
    ///   - tail: The last bytes of the archive, at least `longest` or all.
    ///   - offset: Their position in the archive.
    ///   - bytes: Reads bytes of the archive from a position.
    package init(
        tail: UnsafeRawBufferPointer, at offset: Int,
        bytes: (_ position: Int, _ count: Int) throws(ArchiveError) -> [UInt8]
    ) throws(ArchiveError) {
        let missing = ArchiveError.damaged("its directory is missing")
        let last = tail.count - 22
        guard last >= 0,
            let end = (max(0, last - 0xFFFF)...last).last(where: { tail[$0...].starts(with: [0x50, 0x4B, 5, 6]) })
        else { throw missing }
        func numbers(_ cursor: inout ArchiveCursor, _ widths: [Int]) throws(ArchiveError) -> [Int] {
            try widths.map { width throws(ArchiveError) in try cursor.number(width) }
        }
        let found: [Int]
        // ZIP64 has longer numbers in a separate record, whose position is stored before the end record.
        if end >= 20, tail[(end - 20)...].starts(with: [0x50, 0x4B, 6, 7]) {
            var locator = ArchiveCursor(tail, at: end - 12)
            let record = try bytes(try locator.number(8), 56)
            guard record.starts(with: [0x50, 0x4B, 6, 6]) else { throw missing }
            let result = record.withUnsafeBytes { record -> Result<[Int], ArchiveError> in
                var cursor = ArchiveCursor(record, at: 16)
                return Result { () throws(ArchiveError) in try numbers(&cursor, [4, 4, 8, 8, 8, 8]) }
            }
            found = try result.get()
        } else {
            var cursor = ArchiveCursor(tail, at: end + 4)
            found = try numbers(&cursor, [2, 2, 2, 2, 4, 4])
        }
        let (count, size, start) = (found[3], found[4], found[5])
        // The archive must have a single part that contains all entries.
        guard found[..<3] == [0, 0, count], start <= offset + end, size <= offset + end - start else {
            throw .damaged("its directory is out of its bounds")
        }
        self.count = count
        directory = start..<start + size
    }
}

/// An entry of the directory of a ZIP archive. The directory is authoritative; a record's own header must agree.
package struct ZipEntry {
    /// The name, which is valid as long as the bytes of the directory.
    package let name: UnsafeRawBufferPointer
    /// The extra fields, likewise.
    package let extra: UnsafeRawBufferPointer
    package private(set) var header: ZipHeader
    /// The position of the record's own header.
    package private(set) var place: Int
    /// Whether the entry is a symbolic link, according to the Unix mode that the writer stored.
    package let isLink: Bool

    /// Reads an entry.
    package init(_ cursor: inout ArchiveCursor) throws(ArchiveError) {
        guard try cursor.number(4) == 0x0201_4B50 else { throw .damaged("its directory is damaged") }
        let version = try cursor.number(2)
        _ = try cursor.slice(2)
        header = try ZipHeader(&cursor)
        let commentLength = try cursor.number(2)
        _ = try cursor.slice(4)
        let attributes = try cursor.number(4)
        place = try cursor.number(4)
        name = try cursor.slice(header.nameLength)
        extra = try cursor.slice(header.extraLength)
        _ = try cursor.slice(commentLength)
        isLink = version >> 8 == 3 && attributes >> 16 & 0o170000 == 0o120000
        guard [header.size, header.packed, place].contains(ZipHeader.long) else { return }
        guard var field = try extraField(1) else { return }
        for number in [\Self.header.size, \.header.packed, \.place] where self[keyPath: number] == ZipHeader.long {
            self[keyPath: number] = try field.number(8)
        }
    }

    /// The content of an extra field; nil if there is none of this kind.
    package func extraField(_ wanted: Int) throws(ArchiveError) -> ArchiveCursor? {
        var cursor = ArchiveCursor(extra)
        while cursor.remaining > 0 {
            let (kind, length) = (try cursor.number(2), try cursor.number(2))
            let field = try cursor.slice(length)
            if kind == wanted { return ArchiveCursor(field) }
        }
        return nil
    }
}

/// The values in both the directory and a record's own header.
package struct ZipHeader {
    /// How a record is stored.
    package enum Method: Equatable { case stored, deflated, other(Int) }

    /// The value in a field that refers to ZIP64.
    package static let long = Int(UInt32.max)
    /// The length of a record's own header up to its name.
    package static let ownLength = 30

    package let method: Method
    package let crc32: Int
    /// The compressed size in bytes.
    package fileprivate(set) var packed: Int
    /// The uncompressed size in bytes.
    package fileprivate(set) var size: Int
    package let nameLength: Int
    package let extraLength: Int
    private let flags: Int

    /// Reads the values. The cursor is after the version.
    package init(_ cursor: inout ArchiveCursor) throws(ArchiveError) {
        flags = try cursor.number(2)
        method =
            switch try cursor.number(2) {
            case 0: .stored
            case 8: .deflated
            case let other: .other(other)
            }
        // The modification time.
        _ = try cursor.slice(4)
        crc32 = try cursor.number(4)
        packed = try cursor.number(4)
        size = try cursor.number(4)
        nameLength = try cursor.number(2)
        extraLength = try cursor.number(2)
    }

    /// Reads a record's own header from its first byte; nil if another record is there.
    package init?(own cursor: inout ArchiveCursor) throws(ArchiveError) {
        let signature = try cursor.number(4)
        _ = try cursor.slice(2)
        try self.init(&cursor)
        guard signature == 0x0403_4B50 else { return nil }
    }

    /// Encryption, strong encryption, or an encrypted directory.
    package var isEncrypted: Bool { flags & 0x2041 != 0 }

    /// Whether the name is UTF-8.
    package var hasUTF8Name: Bool { flags & 0x800 != 0 }

    /// Whether a record's own header matches an entry of the directory.
    package func agrees(with entry: ZipHeader) -> Bool {
        // The sizes may follow the record.
        method == entry.method && isEncrypted == entry.isEncrypted
            && (flags & 8 != 0
                || [(packed, entry.packed), (size, entry.size)].allSatisfy { $0 == $1 || $0 == Self.long })
    }
}
