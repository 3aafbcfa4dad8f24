internal import LibC
internal import Platform

/// An open file that threads read at any position.
package final class ArchiveFile: Sendable {
    private let descriptor: Int32
    /// The size in bytes.
    package let size: Int
    /// Nil for a temporary file, which nobody else can change.
    let stamp: Stamp?

    /// What changes if a file is written.
    package struct Stamp: Hashable, Sendable {
        private let device: UInt, number: UInt, size: Int, seconds: Int, nanoseconds: Int

        fileprivate init(_ status: stat) {
            (device, number, size) = (UInt(truncatingIfNeeded: status.st_dev), UInt(status.st_ino), Int(status.st_size))
            (seconds, nanoseconds) = (status.modificationTime.tv_sec, status.modificationTime.tv_nsec)
        }

        /// The stamp of the regular file at a path; nil if there is none.
        package init?(of path: String) {
            var status = stat()
            guard path.withFileName({ stat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            self.init(status)
        }
    }

    /// Opens a regular file. Throws the system's error.
    package init(path: String) throws(ArchiveError) {
        descriptor = path.withFileName { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw .failure("it can't be opened", errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .damaged("it is not a regular file")
        }
        size = Int(status.st_size)
        stamp = Stamp(status)
    }

    /// Takes over a temporary file.
    init(temporary descriptor: Int32, size: Int) {
        (self.descriptor, self.size, stamp) = (descriptor, size, nil)
    }

    deinit {
        close(descriptor)
    }

    /// Fills the memory with the bytes from a position on.
    ///
    /// - Throws: `ArchiveError` if the file ends before, or if the system reports an error.
    package func read(_ memory: UnsafeMutableRawBufferPointer, at position: Int) throws(ArchiveError) {
        var count = 0
        while count < memory.count {
            let result = pread(
                descriptor, memory.baseAddress.map { $0 + count }, memory.count - count, off_t(position + count))
            if result < 0 {
                if errno == EINTR { continue }
                throw .failure("it can't be read", errno)
            }
            guard result > 0 else {
                throw ArchiveError(
                    .truncated,
                    "it ends unexpectedly: \(memory.count) bytes are expected at byte \(position), but only \(count) "
                        + "follow")
            }
            count += result
        }
    }

    /// The bytes from a position on.
    package func bytes(at position: Int, count: Int) throws(ArchiveError) -> [UInt8] {
        guard position >= 0, count >= 0, position <= size, count <= size - position else {
            throw ArchiveError(
                .truncated,
                "it ends unexpectedly: \(count) bytes are expected at byte \(position), but only "
                    + "\(max(0, size - max(0, position))) follow")
        }
        var failure: ArchiveError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            let memory = UnsafeMutableRawBufferPointer(buffer)[..<count]
            do throws(ArchiveError) {
                try read(UnsafeMutableRawBufferPointer(rebasing: memory), at: position)
                written = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Throws if the file was written after it was opened.
    package func checkIsUnchanged() throws(ArchiveError) {
        guard let stamp else { return }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .failure("it can't be examined", errno) }
        guard Stamp(status) == stamp else { throw .changed }
    }
}

extension ArchiveError {
    /// The file was written after it was opened.
    static let changed = ArchiveError(.damaged, "it was changed while it was in use", advice: "Try again.")

    /// An error that the system reported.
    static func failure(_ what: String, _ code: Int32) -> ArchiveError {
        let isOfMachine = SystemFailure.includes(code)
        return ArchiveError(
            isOfMachine ? .system : .damaged, "\(what): \(SystemError(code: code))",
            advice: isOfMachine ? nil : "Check the path and the permissions.", systemCode: code)
    }
}
