/// Reads the fields of a Protocol Buffers message one after the other, in place: without copies and without recursion.
struct ProtobufReader {
    enum Value {
        case varint(UInt64)
        /// Four or eight bytes, little-endian.
        case fixed(UnsafeRawBufferPointer)
        /// A message, a text, bytes or packed numbers.
        case bytes(UnsafeRawBufferPointer)
    }

    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next field, by its number; nil at the end.
    mutating func next() throws(ONNXError) -> (field: Int, value: Value)? {
        guard position < bytes.count else { return nil }
        let key = try varint()
        let field = Int(truncatingIfNeeded: key >> 3)
        guard key >> 3 >= 1, key >> 3 < 1 << 29 else { throw Self.damage }
        switch key & 7 {
        case 0: return (field, .varint(try varint()))
        case 1: return (field, .fixed(try slice(8)))
        case 2: return (field, .bytes(try slice(try varint())))
        case 5: return (field, .fixed(try slice(4)))
        default: throw Self.damage
        }
    }

    static let damage = ONNXError("it is not an ONNX model, or it is damaged; use another copy of the file")

    /// Whether everything is read.
    var isAtEnd: Bool { position == bytes.count }

    /// A varint.
    mutating func varint() throws(ONNXError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < bytes.count else { throw Self.damage }
            let byte = bytes[position]
            position += 1
            guard shift < 63 || byte <= 1 else { throw Self.damage }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Self.damage
    }

    private mutating func slice(_ count: UInt64) throws(ONNXError) -> UnsafeRawBufferPointer {
        guard count <= UInt64(bytes.count - position) else { throw Self.damage }
        defer { position += Int(count) }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + Int(count)])
    }
}

extension ProtobufReader.Value {
    /// A signed integer.
    func integer() throws(ONNXError) -> Int {
        guard case .varint(let value) = self else { throw ProtobufReader.damage }
        return Int(truncatingIfNeeded: Int64(bitPattern: value))
    }

    func content() throws(ONNXError) -> UnsafeRawBufferPointer {
        guard case .bytes(let bytes) = self else { throw ProtobufReader.damage }
        return bytes
    }

    /// The bytes of numbers of a fixed width, single or packed; empty for other fields.
    var numbers: UnsafeRawBufferPointer {
        switch self {
        case .varint: UnsafeRawBufferPointer(start: nil, count: 0)
        case .fixed(let bytes), .bytes(let bytes): bytes
        }
    }

    func text() throws(ONNXError) -> String {
        guard let text = String(validating: try content(), as: UTF8.self) else { throw ProtobufReader.damage }
        return text
    }

    /// Integers, single or packed.
    func integers(into list: inout [Int]) throws(ONNXError) {
        guard case .bytes(let bytes) = self else { return list.append(try integer()) }
        var reader = ProtobufReader(bytes)
        while !reader.isAtEnd { list.append(Int(truncatingIfNeeded: Int64(bitPattern: try reader.varint()))) }
    }

    /// The number of values of this width, single or packed; nil is the width of varints.
    func count(width: Int?) throws(ONNXError) -> Int {
        switch (self, width) {
        case (.varint, nil): return 1
        case (.fixed(let bytes), let width?) where bytes.count == width: return 1
        case (.bytes(let bytes), let width?) where bytes.count.isMultiple(of: width): return bytes.count / width
        case (.bytes(let bytes), nil):
            guard bytes.last.map({ $0 < 0x80 }) ?? true else { throw ProtobufReader.damage }
            return bytes.reduce(0) { $0 + ($1 < 0x80 ? 1 : 0) }
        default: throw ProtobufReader.damage
        }
    }
}

/// Counts the values in a tensor's bytes that are NaN or infinite: those whose exponent bits are all set.
package enum NonFiniteCount {
    /// - Parameters:
    ///   - bytes: The values, little-endian, one after the other.
    ///   - type: Their type by ONNX's number. Integers and types of at most 8 bits have no such values.
    package static func of(_ bytes: UnsafeRawBufferPointer, type: Int) -> Int {
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
