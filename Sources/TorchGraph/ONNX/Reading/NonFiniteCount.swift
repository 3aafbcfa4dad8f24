/// Counts the numbers in a tensor's bytes that are NaN or infinite: those whose exponent's bits are all set.
enum NonFiniteCount {
    /// - Parameters:
    ///   - bytes: the numbers, little-endian, one after the other.
    ///   - type: their type by ONNX's number; whole numbers and types of 8 bits and less have none.
    static func of(_ bytes: UnsafeRawBufferPointer, type: Int) -> Int {
        switch type {
        case 1: count(bytes, UInt32(0x7F80_0000))
        case 10: count(bytes, UInt16(0x7C00))
        case 11: count(bytes, UInt64(0x7FF0_0000_0000_0000))
        case 16: count(bytes, UInt16(0x7F80))
        default: 0
        }
    }

    private static func count<Word: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, _ exponent: Word) -> Int {
        var found = 0
        let width = MemoryLayout<Word>.size
        for offset in stride(from: 0, through: bytes.count - width, by: width) {
            let word = Word(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Word.self))
            if word & exponent == exponent { found += 1 }
        }
        return found
    }
}
