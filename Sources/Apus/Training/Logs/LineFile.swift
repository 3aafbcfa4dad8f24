internal import LibC
internal import Platform
internal import Torch

/// A text file that grows by complete lines, and is truncated when a run resumes.
final class LineFile {
    let path: String
    /// The size of the file in bytes, all in complete lines.
    private(set) var length: Int
    private let descriptor: Int32

    /// Creates a file, which must not exist.
    convenience init(creating path: String) throws(FileError) {
        try self.init(path, flags: O_CREAT | O_EXCL)
    }

    /// Opens a file, or creates it if it does not exist. An incomplete last line is removed, and the first line that is
    /// not kept, with everything after it.
    ///
    /// - Parameter isKept: Returns whether a line, given without its end, is kept; `end` is the start of the next line.
    convenience init(
        resuming path: String, while isKept: (_ line: Substring, _ end: Int) -> Bool
    ) throws(FileError) {
        try self.init(path, flags: O_CREAT)
        let bytes = try Self.bytes(of: descriptor, path)
        var end = 0
        while let feed = bytes[end...].firstIndex(of: UInt8(ascii: "\n")),
            isKept(Substring(decoding: bytes[end..<feed], as: UTF8.self), feed + 1)
        {
            end = feed + 1
        }
        guard end < length else { return }
        guard ftruncate(descriptor, off_t(end)) == 0 else {
            throw FileError(path: path, operation: "cut", code: errno)
        }
        length = end
    }

    private init(_ path: String, flags: Int32) throws(FileError) {
        let descriptor = path.withFileName { open($0, O_RDWR | O_APPEND | O_CLOEXEC | flags, 0o666) }
        guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FileError(
                path: path, operation: "open", reason: "it is not a regular file", advice: "move it away")
        }
        self.path = path
        self.descriptor = descriptor
        length = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Reads the complete lines of a file, without their ends.
    static func lines(of path: String) throws(FileError) -> [Substring] {
        let descriptor = path.withFileName { open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw FileError(path: path, operation: "read", code: errno) }
        defer { close(descriptor) }
        let bytes = try bytes(of: descriptor, path)
        let whole = bytes[..<(bytes.lastIndex(of: UInt8(ascii: "\n")) ?? 0)]
        return whole.isEmpty
            ? []
            : Substring(decoding: whole, as: UTF8.self).split(
                separator: "\n", omittingEmptySubsequences: false)
    }

    /// Appends a line and its end. If the disk takes only a part of it, that part is removed again.
    func append(_ line: some StringProtocol) throws(FileError) {
        let bytes = Array(line.utf8) + [UInt8(ascii: "\n")]
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if written >= 0 {
                done += written
            } else if errno != EINTR {
                let code = errno
                _ = ftruncate(descriptor, off_t(length))
                throw FileError(path: path, operation: "write", code: code)
            }
        }
        length += bytes.count
    }

    /// Waits until the lines are on the disk.
    func synchronize() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError(path: path, operation: "write", code: errno) }
    }

    private static func bytes(of descriptor: Int32, _ path: String) throws(FileError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = buffer.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, $0.count, off_t(bytes.count))
            }
            if count > 0 {
                bytes += buffer[..<count]
            } else if count == 0 {
                return bytes
            } else if errno != EINTR {
                throw FileError(path: path, operation: "read", code: errno)
            }
        }
    }
}
