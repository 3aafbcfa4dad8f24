internal import LibC
internal import Platform

/// An incomplete file: it is written in its folder without a name, hashed while it is written, and put in its place
/// atomically when it is complete. Until then it is invisible, and if it is never completed, nothing remains, however
/// the process ends.
///
/// If the file system does not support files without a name, it has a temporary name and is locked while it is being
/// written. Leftovers of killed processes are removed by the next one.
final class PartialFile {
    private let folder: String
    private let destination: String
    private let temporaryPath: String
    private let digest = SHA256Digest()
    private var file: Int32
    /// Whether `temporaryPath` exists.
    private var isNamed = false

    /// Creates an empty file in the folder of the destination. A temporary name is unique, so processes that download
    /// the same file at the same time do not conflict.
    ///
    /// - Parameter isNamed: Whether it has a name from the start, whatever the file system supports.
    init(destination: String, isNamed: Bool = false) throws(SystemError) {
        let slash = destination.lastIndex(of: "/")
        folder = slash.map { String(destination[...$0]) } ?? "."
        self.destination = destination
        temporaryPath = "\(destination).\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).partial"
        Self.removeAbandoned(
            in: folder, of: slash.map { String(destination[destination.index(after: $0)...]) } ?? destination)
        file = isNamed ? -1 : openUnnamedFile(in: folder)
        if file < 0 {
            file = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            guard file >= 0 else { throw .last }
            self.isNamed = true
        }
        _ = flock(file, LOCK_EX | LOCK_NB)
    }

    deinit {
        discard()
    }

    /// Removes the file, unless it is already in place. Nothing can be written afterwards.
    func discard() {
        if file >= 0 { close(file) }
        file = -1
        if isNamed { unlink(temporaryPath) }
        isNamed = false
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        digest.update(bytes)
        var rest = bytes
        while !rest.isEmpty {
            let count = LibC.write(file, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// The SHA-256 of the written bytes. Read it only once, at the end.
    func finishDigest() -> String {
        digest.finish()
    }

    /// Flushes the bytes to the disk and gives the file its name.
    func place() throws(SystemError) {
        guard fsync(file) == 0 else { throw .last }
        if !isNamed {
            // A link does not replace a file, so the file gets a temporary name first.
            guard nameFile(file, temporaryPath) else { throw .last }
            isNamed = true
        }
        // It stays open and locked until then; otherwise another process would take it for a leftover.
        guard rename(temporaryPath, destination) == 0 else { throw .last }
        isNamed = false
        close(file)
        file = -1
        // The new name should survive a power failure too. If the file system does not support this, nothing is lost.
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    /// Removes temporary files of a destination that are no longer being written. Those of other programs, such as
    /// PyTorch, have other names.
    private static func removeAbandoned(in folder: String, of name: String) {
        guard let directory = opendir(folder) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let found = withUnsafePointer(to: &entry.pointee.d_name) { start in
                start.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard found.hasPrefix(name + "."), found.hasSuffix(".partial") else { continue }
            let tag = found.dropFirst(name.count + 1).dropLast(".partial".count).split(separator: "-")
            guard tag.count == 2, tag[0].allSatisfy(\.isWholeNumber), UInt64(tag[1], radix: 36) != nil else { continue }
            let path = "\(folder)/\(found)"
            let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard file >= 0 else { continue }
            defer { close(file) }
            if flock(file, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
        }
    }
}
