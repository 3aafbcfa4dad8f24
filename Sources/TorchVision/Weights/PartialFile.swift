internal import Glibc

/// A file under way: written beside its place under a temporary name, hashed as it is written, and put in its place at
/// once when it is whole. Until then nobody sees a part of it; if it never is, it is removed.
final class PartialFile {
    /// Where the bytes go for the time being.
    let temporaryPath: String

    private let folder: String
    private let destination: String
    private let digest = SHA256Digest()
    private var file: Int32
    private var isSettled = false

    /// Makes an empty temporary file in the folder of the destination. Its name is nobody else's: processes that fetch
    /// the same file at the same time don't meet.
    init(destination: String) throws(SystemError) {
        folder = destination.lastIndex(of: "/").map { String(destination[...$0]) } ?? "."
        self.destination = destination
        temporaryPath = "\(destination).\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).partial"
        file = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            isSettled = true
            throw .last
        }
    }

    deinit {
        discard()
    }

    /// Removes the temporary file, unless it is placed already. Nothing can be written from then on.
    func discard() {
        if file >= 0 { close(file) }
        file = -1
        guard !isSettled else { return }
        isSettled = true
        unlink(temporaryPath)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        digest.update(bytes)
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(file, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// The SHA-256 of what was written, to be asked for once and at the end.
    func finishDigest() -> String {
        digest.finish()
    }

    /// Makes sure that the bytes are on the disk and gives the file its name.
    func place() throws(SystemError) {
        guard fsync(file) == 0 else { throw .last }
        let status = close(file)
        file = -1
        guard status == 0, rename(temporaryPath, destination) == 0 else { throw .last }
        isSettled = true
        // The new name should outlast a power cut too; where the file system can't do that, nothing is lost.
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }
}
