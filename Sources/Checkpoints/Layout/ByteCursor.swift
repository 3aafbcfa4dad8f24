/// Reads little-endian numbers and slices from bytes, and never past their end.
struct ByteCursor {
    let bytes: UnsafeRawBufferPointer
    private(set) var position: Int

    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        self.bytes = bytes
        self.position = min(max(position, 0), bytes.count)
    }

    var remaining: Int { bytes.count - position }

    mutating func byte() throws(CheckpointFault) -> UInt8 {
        guard position < bytes.count else { throw .damaged("it ends unexpectedly at byte \(position)") }
        defer { position += 1 }
        return bytes[position]
    }

    /// The next `count` bytes, which are valid as long as the cursor's bytes.
    mutating func slice(_ count: Int) throws(CheckpointFault) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw .damaged(
                "it ends unexpectedly: \(count) bytes are expected at byte \(position), but only \(remaining) follow")
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(CheckpointFault) -> Value {
        let slice = try slice(MemoryLayout<Value>.size)
        return Value(littleEndian: slice.loadUnaligned(as: Value.self))
    }

    /// A length or count of 8 bytes. One that exceeds any memory counts as damage.
    mutating func length() throws(CheckpointFault) -> Int {
        let value = try integer(UInt64.self)
        guard let length = Int(exactly: value) else {
            throw .damaged("the length \(value) before byte \(position) is impossible")
        }
        return length
    }

    /// The bytes up to the next line feed, which is skipped.
    mutating func line() throws(CheckpointFault) -> UnsafeRawBufferPointer {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
            throw .damaged("it ends unexpectedly at byte \(bytes.count)")
        }
        let line = UnsafeRawBufferPointer(rebasing: bytes[position..<end])
        position = end + 1
        return line
    }

    /// The next `count` bytes as text.
    mutating func text(_ count: Int) throws(CheckpointFault) -> String {
        let start = position
        let slice = try slice(count)
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw .damaged("the text at byte \(start) is not UTF-8")
        }
        return text
    }
}
