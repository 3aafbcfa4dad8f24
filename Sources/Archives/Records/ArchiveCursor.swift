/// Reads little-endian numbers and slices from the bytes of an archive, and never past their end.
package struct ArchiveCursor {
    private let bytes: UnsafeRawBufferPointer
    /// The position of the next byte.
    package private(set) var position: Int

    /// Creates a cursor; a position outside of the bytes is moved to their end.
    package init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        self.bytes = bytes
        self.position = min(max(position, 0), bytes.count)
    }

    /// The number of bytes that follow.
    package var remaining: Int { bytes.count - position }

    /// The next `count` bytes, which are valid as long as the cursor's bytes.
    package mutating func slice(_ count: Int) throws(ArchiveError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw ArchiveError(
                .truncated,
                "it ends unexpectedly: \(count) bytes are expected at byte \(position), but only \(remaining) follow")
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// A number of up to 8 bytes. One that exceeds any memory counts as damage.
    package mutating func number(_ width: Int) throws(ArchiveError) -> Int {
        let bytes = try slice(width)
        var value: UInt64 = 0
        for place in 0..<width { value |= UInt64(bytes[place]) << (8 * UInt64(place)) }
        guard let number = Int(exactly: value) else {
            throw ArchiveError(.truncated, "the length \(value) before byte \(position) is impossible")
        }
        return number
    }
}
