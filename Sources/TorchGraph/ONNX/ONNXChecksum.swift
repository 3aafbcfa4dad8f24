internal import Torch

/// The checksum at the end of an ONNX file of ours: one more pair of metadata, the sum of all bytes before it.
///
/// Where the weights lie in a second file, they are not in it. Files of others have none, and are read without.
enum ONNXChecksum {
    static let key = "apus.checksum"
    private static let digits = 16
    /// The pair up to the sum's digits: field 14 of a model, with the key as field 1 and the value as field 2.
    private static let start: [UInt8] =
        [14 << 3 | 2, UInt8(key.utf8.count + digits + 4), 1 << 3 | 2, UInt8(key.utf8.count)] + Array(key.utf8)
        + [2 << 3 | 2, UInt8(digits)]

    /// How many bytes the pair takes.
    static let byteCount = start.count + digits

    /// The pair.
    static func pair(_ sum: UInt64) -> [UInt8] { start + Array(sum.hexadecimal.utf8) }

    /// Checks a file's bytes where they end with a checksum.
    static func check(_ bytes: UnsafeRawBufferPointer) throws(ONNXError) {
        guard bytes.count >= byteCount else { return }
        let content = UnsafeRawBufferPointer(rebasing: bytes.dropLast(byteCount))
        let end = bytes.suffix(byteCount)
        guard end.starts(with: start), !end.elementsEqual(pair(Digest64.values(of: [content])[0])) else { return }
        throw ONNXError("it is damaged: its bytes are not as written (the checksum differs); take another copy of it")
    }
}
