internal import Platform

/// The checksum at the end of an ONNX file of this project: an additional metadata pair with a checksum of all bytes
/// before it.
///
/// If the weights are in a second file, another pair before it contains the checksum of that file. Files of other
/// programs have no checksum and are read without it.
enum ONNXChecksum {
    static let key = "apus.checksum"
    /// The key for the checksum of the file with the weights.
    static let dataKey = "apus.data-checksum"
    private static let digits = 16
    /// The pair up to the digits of the checksum: field 14 of a model, with the key as field 1 and the value as field
    /// 2.
    private static let start: [UInt8] =
        [14 << 3 | 2, UInt8(key.utf8.count + digits + 4), 1 << 3 | 2, UInt8(key.utf8.count)] + Array(key.utf8)
        + [2 << 3 | 2, UInt8(digits)]

    /// The length of the pair in bytes.
    static let byteCount = start.count + digits

    /// The pair.
    static func pair(_ sum: UInt64) -> [UInt8] { start + Array(sum.hexadecimal.utf8) }

    /// Checks a file's bytes if they end with a checksum.
    ///
    /// - Returns: Whether they have a checksum and match it.
    static func check(_ bytes: UnsafeRawBufferPointer) throws(ONNXError) -> Bool {
        guard bytes.count >= byteCount else { return false }
        let content = UnsafeRawBufferPointer(rebasing: bytes.dropLast(byteCount))
        let end = bytes.suffix(byteCount)
        guard end.starts(with: start) else { return false }
        if end.elementsEqual(pair(Digest64.values(of: [content])[0])) { return true }
        guard isRewritten(content) else {
            throw ONNXError(
                "it is damaged: its checksum does not match; use another copy of it")
        }
        return false
    }

    /// Whether another program wrote the model before the pair. Other programs write fields in the order of their
    /// numbers, so that the operator sets (field 8) follow the graph (field 7). This project writes them before the
    /// graph.
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
