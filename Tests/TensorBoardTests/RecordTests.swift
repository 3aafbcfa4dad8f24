import Testing

@testable import TensorBoard

@Suite("Records of event files") struct RecordTests {
    /// RFC 3720, appendix B.4.
    static let vectors: [([UInt8], UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E),
        (Array((0..<32).reversed()), 0x113F_DB5C),
        (
            [0x01, 0xC0, 0, 0] + [UInt8](repeating: 0, count: 12) + [0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14]
                + [0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0], 0xD996_3A56
        ),
        (Array("123456789".utf8), 0xE306_9283),
        ([], 0),
    ]

    @Test("Checksums equal the CRC-32C test vectors", arguments: vectors)
    func checksums(_ bytes: [UInt8], _ checksum: UInt32) {
        #expect(CRC32C(bytes).value == checksum)
    }

    @Test("A masked checksum is rotated and offset") func masks() {
        // 0xE3069283 rotated right by 15 bits is 0x2507C60D.
        #expect(CRC32C("123456789".utf8).masked == 0x2507_C60D &+ 0xA282_EAD8)
    }

    @Test("Records are read back as they were written", arguments: [0, 1, 7, 300]) func roundTrip(_ size: Int) throws {
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        let record = RecordFrame.encode(payload)
        #expect(record.count == size + 16)
        #expect(RecordFrame.payloadLength(header: Array(record[..<12])) == UInt64(size))
        #expect(Array(record[12..<12 + size]) == payload)
        #expect(RecordFrame.isIntact(payload, footer: record[(12 + size)...]))
    }

    @Test("Every changed bit is noticed") func changedBits() throws {
        let record = RecordFrame.encode(Array("a record".utf8))
        try withFolder { folder in
            for bit in 0..<record.count * 8 {
                var changed = record
                changed[bit / 8] ^= 1 << UInt8(bit % 8)
                let path = folder + "/\(bit)"
                try write(changed, path)
                #expect(try RecordFile(opening: path).record(at: 0) == nil, "bit \(bit)")
            }
        }
    }

    @Test("A header with an excessive length is refused") func excessiveLength() throws {
        try withFolder { folder in
            let length: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0xFF]
            let checksum = withUnsafeBytes(of: CRC32C(length).masked.littleEndian) { Array($0) }
            try write(length + checksum + [1, 2, 3, 4, 5, 6], folder + "/file")
            #expect(try RecordFile(opening: folder + "/file").record(at: 0) == nil)
        }
    }
}
