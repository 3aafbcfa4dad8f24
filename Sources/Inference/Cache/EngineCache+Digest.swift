internal import LibC
internal import Platform

extension EngineCache {
    /// The size up to which a file is digested as a whole, which takes some milliseconds.
    private static let wholeCount = 64 << 20
    /// The number of evenly distributed samples of a larger file, in addition to its start and end.
    private static let sampleCount = 1024
    private static let sampleSize = 4096

    /// A text that identifies a file's content, for keys of the cache; nil if the file cannot be read.
    ///
    /// A file of up to 64 MiB is identified by all its bytes. A larger one would take too long at every start. It is
    /// identified by its first mebibyte, which contains the description in safetensors and ONNX, its last mebibyte,
    /// samples of the rest, its inode and its change time. Unlike the modification time, the change time cannot be set
    /// back.
    package static func digest(ofFile path: String) -> String? {
        var status = stat()
        guard path.withFileName({ stat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG,
            let file = try? MappedFile(path: path)
        else { return nil }
        var text = "\(file.count) " + file.withUnsafeBytes(digest)
        if file.count > wholeCount {
            let changed = status.changeTime
            text += " \(status.st_dev):\(status.st_ino) \(changed.tv_sec).\(changed.tv_nsec)"
        }
        return text
    }

    /// A text that identifies an ONNX model in memory.
    package static func digest(of bytes: [UInt8]) -> String {
        var digest = Digest64()
        bytes.withUnsafeBytes { digest.add($0) }
        return "\(bytes.count) \(String(digest.value, radix: 16))"
    }

    private static func digest(_ bytes: UnsafeRawBufferPointer) -> String {
        var digest = Digest64()
        func add(_ range: Range<Int>) { digest.add(UnsafeRawBufferPointer(rebasing: bytes[range])) }
        if bytes.count <= wholeCount {
            add(0..<bytes.count)
        } else {
            let end = 1 << 20
            add(0..<end)
            add(bytes.count - end..<bytes.count)
            let step = (bytes.count - 2 * end) / sampleCount
            for number in 0..<sampleCount { add(end + number * step..<end + number * step + min(step, sampleSize)) }
        }
        return String(digest.value, radix: 16)
    }
}

extension ONNXSource {
    /// A text that identifies the model's content; nil for a file that cannot be read.
    ///
    /// - Throws: The errors of the writer.
    @ComputeActor
    package func digest() throws -> String? {
        switch self {
        case .bytes(let bytes): EngineCache.digest(of: bytes)
        case .file(let path): EngineCache.digest(ofFile: path)
        case .model(let writer): EngineCache.digest(of: try writer.bytes())
        }
    }
}
