internal import LibC
internal import Platform

/// A file without a name in the system's folder for temporary files. It disappears with the process.
package final class TemporaryFile {
    private var descriptor: Int32
    private let folder: String
    private let room: Int
    private let purpose: String
    private let alternative: String
    package private(set) var count = 0

    /// - Parameters:
    ///   - purpose: What needs the space, for messages.
    ///   - alternative: What the user can do without more space.
    package init(
        for purpose: String = "decompressing it", alternative: String = "unpack the archive"
    ) throws(ArchiveError) {
        (self.purpose, self.alternative) = (purpose, alternative)

        let variable = getenv("TMPDIR").map { String(fileName: $0) } ?? ""
        folder = variable.hasPrefix("/") ? variable : "/tmp"
        // `mkostemp`, which Swift cannot import.
        let name = "\(folder)/apus-archive-\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        descriptor = name.withFileName { name in
            let file = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if file >= 0 { unlink(name) }
            return file
        }
        var space = statvfs()
        guard descriptor >= 0, fstatvfs(descriptor, &space) == 0 else {
            let code = errno
            if descriptor >= 0 { close(descriptor) }
            throw ArchiveError(
                .system, "no temporary file for it can be made in \(folder): \(SystemError(code: code))",
                advice: "Set the environment variable TMPDIR to a folder on a disk with space.", systemCode: code)
        }
        // Some space is left for others.
        let free = Int(clamping: UInt64(space.f_bavail) &* UInt64(space.f_frsize))
        room = free - min(1 << 30, free / 4)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Appends bytes.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        guard count + bytes.count <= room else { throw full(ENOSPC) }
        var rest = bytes
        while !rest.isEmpty {
            let written = LibC.write(descriptor, rest.baseAddress, rest.count)
            if written < 0 {
                if errno == EINTR { continue }
                throw full(errno)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
        count += bytes.count
    }

    /// The file for reading.
    func finish() -> ArchiveFile { ArchiveFile(temporary: takeDescriptor(), size: count) }

    /// The file for reading while it grows.
    package func growing() throws(ArchiveError) -> ArchiveFile {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw .failure("its temporary file can't be opened", errno) }
        return ArchiveFile(temporary: copy, size: .max)
    }

    /// The descriptor, at the file's start, which the caller closes.
    func takeDescriptor() -> Int32 {
        defer { descriptor = -1 }
        lseek(descriptor, 0, SEEK_SET)
        return descriptor
    }

    private func full(_ code: Int32) -> ArchiveError {
        // Trying again would fill the disk again.
        ArchiveError(
            .tooLarge,
            "\(purpose) needs more temporary space than the \(room) bytes in \(folder): "
                + "\(SystemError(code: code))",
            advice: "Set the environment variable TMPDIR to a folder on a disk with more space, or \(alternative).",
            systemCode: code)
    }
}
