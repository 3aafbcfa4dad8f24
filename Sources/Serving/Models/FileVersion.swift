internal import LibC
internal import Platform

/// The content of a file, as far as the file system knows it without reading: a file that is replaced or written to has
/// another one.
struct FileVersion: Sendable, Hashable {
    private let device: UInt64
    private let number: UInt64
    private let size: Int64
    private let seconds: Int
    private let nanoseconds: Int

    /// The version of the file at a path; nil if there is none.
    init?(path: String) {
        var status = stat()
        guard path.withFileName({ stat($0, &status) }) == 0 else { return nil }
        (device, number) = (UInt64(truncatingIfNeeded: status.st_dev), UInt64(status.st_ino))
        size = Int64(status.st_size)
        (seconds, nanoseconds) = (status.modificationTime.tv_sec, status.modificationTime.tv_nsec)
    }
}
