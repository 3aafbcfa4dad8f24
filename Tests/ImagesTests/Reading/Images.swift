import Foundation
import TestSupport

@testable import Images

/// The image `noise` of `scripts/goldens/goldens.py`: noise from a hash of each byte's position.
func pattern(width: Int, height: Int) -> Image {
    let pixels = (0..<UInt32(width * height * 3)).map { position in
        var hash = position &* 2_654_435_761
        hash ^= hash >> 15
        hash = hash &* 2_246_822_519
        hash ^= hash >> 13
        return UInt8(truncatingIfNeeded: hash)
    }
    return Image(width: width, height: height, pixels: pixels)
}

private let checksumTable: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in (value >> 1) ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
}

extension Image {
    /// zlib's CRC-32 of the pixels.
    var checksum: UInt32 {
        pixels.withUnsafeBufferPointer { pixels in
            checksumTable.withUnsafeBufferPointer { table in
                var sum: UInt32 = .max
                for index in 0..<pixels.count {
                    sum = table[Int((sum ^ UInt32(pixels[index])) & 0xFF)] ^ (sum >> 8)
                }
                return ~sum
            }
        }
    }
}

/// The file under `Tests/Goldens/images`.
func goldenImage(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: Goldens.url("images/files/\(name)")))
}

/// Whether the user may read any file, regardless of its permissions.
let isRoot = geteuid() == 0
