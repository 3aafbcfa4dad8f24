internal import Glibc
internal import Platform

extension EngineCache {
    /// Up to so many bytes a file is digested whole: some milliseconds.
    private static let wholeCount = 64 << 20
    /// Of a larger file so many pieces are looked at, spread evenly, besides its two ends.
    private static let sampleCount = 1024
    private static let sampleSize = 4096

    /// What tells a file's content from any other, for keys of the cache; nil where it can't be read.
    ///
    /// A file of up to 64 MiB is told by all its bytes. A larger one, which would take too long at every start, is told by
    /// its first mebibyte, where safetensors and ONNX have their descriptions, its last, samples of the rest, and by
    /// which file it is and when it was changed last: that time is the system's own and can't be set back, whereas the
    /// time of modification can.
    package static func digest(ofFile path: String) -> String? {
        var status = stat()
        guard path.withFileName({ stat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG,
            let file = try? MappedFile(path: path)
        else { return nil }
        var text = "\(file.count) " + file.withUnsafeBytes(digest)
        if file.count > wholeCount {
            let changed = status.st_ctim
            text += " \(status.st_dev):\(status.st_ino) \(changed.tv_sec).\(changed.tv_nsec)"
        }
        return text
    }

    /// What tells an ONNX model in memory from any other.
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
