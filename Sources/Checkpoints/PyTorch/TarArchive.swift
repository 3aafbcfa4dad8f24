/// The members of a tar archive: the location of each member's bytes in the file.
///
/// Nothing is unpacked, and names are never used as paths.
struct TarArchive {
    private static let blockSize = 512
    private(set) var members: [ExactString: Range<Int>] = [:]

    /// Whether the file starts with a POSIX or GNU tar header.
    static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= blockSize && bytes.dropFirst(257).starts(with: "ustar".utf8)
    }

    /// Reads the headers up to the empty block that ends the archive, or to the end of the file.
    init(_ bytes: UnsafeRawBufferPointer) throws(CheckpointFault) {
        var cursor = ByteCursor(bytes)
        while cursor.remaining >= Self.blockSize {
            let position = cursor.position
            let header = try cursor.slice(Self.blockSize)
            guard header.contains(where: { $0 != 0 }) else { return }
            try Self.checkSum(of: header, at: position)
            guard let size = Self.number(header[124..<136]) else {
                throw .damaged("a member of the archive has no size, at byte \(position)")
            }
            let start = cursor.position
            let content = try cursor.slice(size)
            // The padding of the last member may be missing.
            _ = try cursor.slice(min((Self.blockSize - size % Self.blockSize) % Self.blockSize, cursor.remaining))
            // Only regular files; other kinds are folders, links and extended headers.
            guard [0, UInt8(ascii: "0"), UInt8(ascii: "7")].contains(header[156]) else { continue }
            let name = String(decoding: header[0..<100].prefix { $0 != 0 }, as: UTF8.self)
            // For duplicate names the last member counts, as in tar.
            members[ExactString(name)] = start..<start + content.count
        }
    }

    /// The checksum of the header, with spaces in place of the checksum.
    private static func checkSum(of header: UnsafeRawBufferPointer, at position: Int) throws(CheckpointFault) {
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
