/// A header of a tar archive, of 512 bytes: POSIX ustar, GNU tar's format, or the oldest one without a signature.
package struct TarHeader {
    /// The size of a header and of each block in bytes.
    package static let blockSize = 512

    /// The number of bytes of the member.
    package let size: Int
    /// The kind of member, as a character; 0 in the oldest archives is a file.
    package let kind: UInt8
    /// The name's first or only part.
    package let name: [UInt8]
    /// The part of the name before it, in POSIX archives.
    package let prefix: [UInt8]

    /// Whether the bytes start with a POSIX or GNU header.
    package static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= blockSize && bytes.dropFirst(257).starts(with: "ustar".utf8)
    }

    /// Reads a header.
    ///
    /// - Parameters:
    ///   - header: 512 bytes.
    ///   - position: Their position in the archive, for errors.
    package init(_ header: UnsafeRawBufferPointer, at position: Int) throws(ArchiveError) {
        try Self.checkSum(of: header, at: position)
        guard let size = Self.number(header[124..<136]) else {
            throw .damaged("a member of the archive has no size, at byte \(position)")
        }
        self.size = size
        kind = header[156]
        name = Array(header[0..<100].prefix { $0 != 0 })
        // In GNU's format, other fields are there.
        let isPOSIX = header[257..<263].elementsEqual("ustar\0".utf8)
        prefix = isPOSIX ? Array(header[345..<500].prefix { $0 != 0 }) : []
    }

    /// Whether the member is a file.
    package var isFile: Bool { [0, UInt8(ascii: "0"), UInt8(ascii: "7")].contains(kind) }

    /// The number of bytes from a member's end to the next header.
    package static func padding(after size: Int) -> Int { (blockSize - size % blockSize) % blockSize }

    /// The checksum of the header, with spaces in place of the checksum.
    private static func checkSum(of header: UnsafeRawBufferPointer, at position: Int) throws(ArchiveError) {
        var sum = 0
        for (index, byte) in header.enumerated() {
            sum += (148..<156).contains(index) ? 0x20 : Int(byte)
        }
        guard number(header[148..<156]) == sum else {
            throw .damaged("a header of the archive is damaged, at byte \(position)")
        }
    }

    /// Octal digits, or GNU's binary form for larger numbers; nil for anything else.
    private static func number(_ field: Slice<UnsafeRawBufferPointer>) -> Int? {
        if field.first == 0x80 {
            guard field.dropLast(8).dropFirst().allSatisfy({ $0 == 0 }) else { return nil }
            let value = field.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Int(exactly: value)
        }
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
        guard !digits.isEmpty else { return nil }
        return Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 >= 0 ? $0 : nil }
    }
}
