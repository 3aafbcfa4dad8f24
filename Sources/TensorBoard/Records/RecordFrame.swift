/// The format of records in TensorFlow's files: the length (8 bytes), its checksum (4), the bytes, and their checksum
/// (4), all little-endian.
enum RecordFrame {
    static let headerSize = 12
    static let footerSize = 4

    /// Returns a record with its frame.
    static func encode(_ payload: [UInt8]) -> [UInt8] {
        let length = bytes(of: UInt64(payload.count))
        var record: [UInt8] = []
        record.reserveCapacity(headerSize + payload.count + footerSize)
        record += length
        record += bytes(of: CRC32C(length).masked)
        record += payload
        record += bytes(of: CRC32C(payload).masked)
        return record
    }

    /// Returns the length from a header; nil if the header is damaged.
    static func payloadLength(header: [UInt8]) -> UInt64? {
        guard header.count == headerSize, header[8...].elementsEqual(bytes(of: CRC32C(header[..<8]).masked)) else {
            return nil
        }
        return header[..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Returns whether the bytes of a record match the checksum in its footer.
    static func isIntact(_ payload: some Sequence<UInt8>, footer: some Sequence<UInt8>) -> Bool {
        footer.elementsEqual(bytes(of: CRC32C(payload).masked))
    }

    private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
}

/// The checksum of TensorFlow's record files: the CRC with Castagnoli's polynomial, reflected (RFC 3720, section 12.1).
struct CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }

    /// The checksum.
    let value: UInt32

    init(_ bytes: some Sequence<UInt8>) {
        let table = Self.table
        value = ~bytes.reduce(~0 as UInt32) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }

    /// The masked checksum of record files. Checksums of data that contains its own checksum would be weak.
    var masked: UInt32 { (value >> 15 | value << 17) &+ 0xA282_EAD8 }
}
