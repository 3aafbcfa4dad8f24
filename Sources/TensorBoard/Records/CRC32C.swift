/// The checksum of TensorFlow's record files: the CRC with Castagnoli's polynomial, reflected (RFC 3720, section 12.1).
struct CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }

    /// The checksum of the bytes.
    let value: UInt32

    init(_ bytes: some Sequence<UInt8>) {
        let table = Self.table
        value = ~bytes.reduce(~0 as UInt32) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }

    /// As record files hold it: a checksum of data that holds its own checksum would be weak, so it is turned and moved.
    var masked: UInt32 { (value >> 15 | value << 17) &+ 0xA282_EAD8 }
}
