/// The members of a tar archive: where each one's bytes lie in the file.
///
/// Nothing is unpacked and no name is ever used as a path.
struct TarArchive {
    private static let blockSize = 512
    private(set) var members: [ExactString: Range<Int>] = [:]

    /// Whether the file begins with a tar header of POSIX or GNU.
    static func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= blockSize && bytes.dropFirst(257).starts(with: "ustar".utf8)
    }

    /// Reads the headers up to the empty block that ends the archive, or up to the end of the file.
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
            // The last member may lack what fills its last block up.
            _ = try cursor.slice(min((Self.blockSize - size % Self.blockSize) % Self.blockSize, cursor.remaining))
            // Plain files; other kinds are folders, links, and longer facts of the member that follows.
            guard [0, UInt8(ascii: "0"), UInt8(ascii: "7")].contains(header[156]) else { continue }
            let name = String(decoding: header[0..<100].prefix { $0 != 0 }, as: UTF8.self)
            // The last of one name counts, as for tar itself.
            members[ExactString(name)] = start..<start + content.count
        }
    }

    /// The sum of the header's bytes, with spaces for the sum itself.
    private static func checkSum(of header: UnsafeRawBufferPointer, at position: Int) throws(CheckpointFault) {
        var sum = 0
        for (index, byte) in header.enumerated() {
            sum += (148..<156).contains(index) ? 0x20 : Int(byte)
        }
        guard number(header[148..<156]) == sum else {
            throw .damaged("a header of the archive is altered, at byte \(position)")
        }
    }

    /// Octal digits, or GNU's binary form for what is beyond them; nil for anything else.
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
