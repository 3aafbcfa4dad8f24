/// How a record lies in TensorFlow's record files: its length (8 bytes), the length's checksum (4), the bytes, and
/// their checksum (4), all little-endian.
enum RecordFrame {
    static let headerSize = 12
    static let footerSize = 4

    /// A record with its frame.
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

    /// The length that a header tells; nil where the header is damaged.
    static func payloadLength(header: [UInt8]) -> UInt64? {
        guard header.count == headerSize, header[8...].elementsEqual(bytes(of: CRC32C(header[..<8]).masked)) else {
            return nil
        }
        return header[..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Whether a record's bytes are those that its footer was computed of.
    static func isIntact(_ payload: some Sequence<UInt8>, footer: some Sequence<UInt8>) -> Bool {
        footer.elementsEqual(bytes(of: CRC32C(payload).masked))
    }

    private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
}
