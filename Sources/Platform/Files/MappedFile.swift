import Glibc

/// The bytes of a regular file, mapped for reading: only what is touched is read, and nothing is copied.
///
/// The mapping lasts as long as the object. Nobody may shorten the file meanwhile: the system ends a process that
/// touches a page that is no longer there. Files that `AtomicFile` replaces are safe, as the old one stays until the
/// last reader is gone.
public final class MappedFile: Sendable {
    /// The file, as the caller named it.
    public let path: String
    /// The length of the file in bytes.
    public let count: Int
    private nonisolated(unsafe) let base: UnsafeRawPointer?

    /// Maps the file at `path`; throws where it cannot be opened or is not a regular file.
    public init(path: String) throws(FileError) {
        // A FIFO would block an ordinary open for ever.
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

    /// Calls `body` with the file's bytes, which are valid during the call alone.
    public func withUnsafeBytes<Result, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: base, count: count))
    }
}
