internal import Platform

/// The checksum at the end of an ONNX file of ours: one more pair of metadata, the sum of all bytes before it.
///
/// Where the weights lie in a second file, a pair before it has the sum of that. Files of others have none, and are read
/// without.
enum ONNXChecksum {
    static let key = "apus.checksum"
    /// The key for the sum of the file that holds the weights.
    static let dataKey = "apus.data-checksum"
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
    ///
    /// - Returns: whether they do, and are as we wrote them.
    static func check(_ bytes: UnsafeRawBufferPointer) throws(ONNXError) -> Bool {
        guard bytes.count >= byteCount else { return false }
        let content = UnsafeRawBufferPointer(rebasing: bytes.dropLast(byteCount))
        let end = bytes.suffix(byteCount)
        guard end.starts(with: start) else { return false }
        if end.elementsEqual(pair(Digest64.values(of: [content])[0])) { return true }
        guard isRewritten(content) else {
            throw ONNXError(
                "it is damaged: its bytes are not as written (the checksum differs); take another copy of it")
        }
        return false
    }

    /// Whether another program wrote the model before the pair. All write fields in the order of their numbers, so that the
    /// operator sets, field 8, come after the graph, field 7; ours come before it.
    private static func isRewritten(_ content: UnsafeRawBufferPointer) -> Bool {
        var reader = ProtobufReader(content)
        var hasGraph = false
        while let (field, _) = try? reader.next() {
            if hasGraph, field == 8 { return true }
            hasGraph = hasGraph || field == 7
        }
        return false
    }
}
