internal import LibC

/// The bytes of a regular file, mapped for reading: only accessed parts are read, and nothing is copied.
///
/// The mapping lasts as long as the object. The file must not be truncated meanwhile: the system ends a process that
/// accesses a missing page. Files replaced by `AtomicFile` are safe because the old file exists until its last reader
/// is done.
package final class MappedFile: Sendable {
    /// The file, as the caller named it.
    package let path: String
    /// The length of the file in bytes.
    package let count: Int
    private nonisolated(unsafe) let base: UnsafeRawPointer?

    /// Maps the file at `path`. Throws an error if it cannot be opened or is not a regular file.
    package init(path: String) throws(FileError) {
        // A FIFO would block an ordinary open forever.
        let descriptor = path.withFileName { open($0, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
        guard descriptor >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, operation: "open", code: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw FileError(path: path, operation: "open", code: EISDIR)
        default:
            throw FileError(
                path: path, operation: "open", reason: "it is not a regular file",
                advice: "a device or pipe cannot be mapped: copy its content to a file first")
        }
        self.path = path
        count = Int(status.st_size)
        guard count > 0 else {
            base = nil
            return
        }
        guard let mapping = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), mapping != MAP_FAILED else {
            throw FileError(path: path, operation: "map", code: errno)
        }
        base = UnsafeRawPointer(mapping)
    }

    deinit {
        if let base {
            munmap(UnsafeMutableRawPointer(mutating: base), count)
        }
    }

    /// Calls `body` with the file's bytes, which are valid only during the call.
    package func withUnsafeBytes<Result, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: base, count: count))
    }
}
