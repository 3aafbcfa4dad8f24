internal import LibC
internal import Platform

/// A lock on a project, which the system releases when the process ends.
final class ProjectLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock.
    ///
    /// - Throws: `ProjectError` with the process ID if another process has it, or if the file can't be written.
    init(_ path: String, of folder: String) throws(ProjectError) {
        let file = path.withFileName { open($0, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666) }
        guard file >= 0 else { throw ProjectError(FileError(path: path, operation: "write", code: errno)) }
        // On a file system without locks, only SQLite's own ones separate processes.
        if flock(file, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            let process = Self.owner(file).map { "process \($0)" } ?? "another process"
            close(file)
            throw ProjectError(
                .inUse,
                "\(process) has the project in \(folder) open: use that one, end it, or open the project read-only")
        }
        let text = Array("\(getpid())\n".utf8)
        ftruncate(file, 0)
        _ = pwrite(file, text, text.count, 0)
        descriptor = file
    }

    deinit {
        ftruncate(descriptor, 0)
        close(descriptor)
    }

    /// The process ID in the file. Its owner may be about to write it.
    private static func owner(_ file: Int32) -> Int? {
        for _ in 0..<10 {
            var bytes = [UInt8](repeating: 0, count: 32)
            let count = pread(file, &bytes, bytes.count, 0)
            if count > 0 { return Int(String(decoding: bytes.prefix(count).prefix { $0 != 10 }, as: UTF8.self)) }
            usleep(10_000)
        }
        return nil
    }
}
