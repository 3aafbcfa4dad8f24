import Glibc

/// A file that appears whole or not at all.
///
/// The bytes go to a temporary file in the same folder; `commit` brings them to the disk and gives them their name in
/// one step. Before that, and after any failure, a file that had the name before is untouched; the temporary file
/// goes away with the object.
public final class AtomicFile {
    /// The file to be written, as the caller named it.
    public let path: String
    private let target: String
    private let temporary: String
    private var descriptor: Int32
    private var isCommitted = false

    /// Begins to write the file at `path`; throws where its folder does not take a new file.
    ///
    /// A link is followed, a file keeps its permissions, and anything that is no regular file is refused.
    public init(path: String) throws(FileError) {
        guard let last = path.utf8.last, last != UInt8(ascii: "/") else {
            throw FileError(path: path, operation: "write", code: EISDIR)
        }
        var permissions: mode_t?
        var target = path
        var status = stat()
        if path.withFileName({ stat($0, &status) }) == 0 {
            switch status.st_mode & S_IFMT {
            case S_IFREG: permissions = status.st_mode & 0o7777
            case S_IFDIR: throw FileError(path: path, operation: "write", code: EISDIR)
            default:
                throw FileError(
                    path: path, operation: "write", reason: "it is there and is not a regular file",
                    advice: "name another file")
            }
            if let resolved = path.withFileName({ realpath($0, nil) }) {
                target = String(fileName: resolved)
                free(resolved)
            }
        }
        self.path = path
        self.target = target
        let (folder, name) = Self.split(target)
        // Names may have 255 bytes: a long one is cut for the temporary file.
        let stem = String(decoding: name.utf8.prefix(160), as: UTF8.self)
        let tag = String(UInt64.random(in: .min ... .max), radix: 36)
        temporary = folder + "." + stem + "." + tag + ".partial"
        descriptor = temporary.withFileName { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { throw FileError(path: path, operation: "write", code: errno) }
        if let permissions {
            // A file system without permissions may refuse; the file is no less whole for it.
            _ = fchmod(descriptor, permissions)
        }
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
        }
        if !isCommitted {
            _ = temporary.withFileName { unlink($0) }
        }
    }

    /// Appends bytes.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        guard descriptor >= 0 else {
            throw FileError(
                path: path, operation: "write", reason: "it is already finished", advice: "begin a new AtomicFile")
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let chunk = UnsafeRawBufferPointer(rebasing: rest)
            let written = Glibc.write(descriptor, chunk.baseAddress, chunk.count)
            if written < 0 {
                if errno == EINTR { continue }
                throw FileError(path: path, operation: "write", code: errno)
            }
            rest = rest.dropFirst(written)
        }
    }

    /// Appends bytes.
    public func write(_ bytes: [UInt8]) throws(FileError) {
        // `Array.withUnsafeBytes` does not carry a typed error through.
        let result = bytes.withUnsafeBytes { buffer -> Result<Void, FileError> in
            Result { () throws(FileError) in try write(buffer) }
        }
        try result.get()
    }

    /// Brings the bytes to the disk and puts the file in its place.
    public func commit() throws(FileError) {
        guard descriptor >= 0 else { return }
        guard fsync(descriptor) == 0 else { throw FileError(path: path, operation: "write", code: errno) }
        let closing = close(descriptor)
        let code = errno
        descriptor = -1
        // Network drives report a full disk as late as here.
        guard closing == 0 || code == EINTR else { throw FileError(path: path, operation: "write", code: code) }
        let renaming = temporary.withFileName { temporary in target.withFileName { rename(temporary, $0) } }
        guard renaming == 0 else { throw FileError(path: path, operation: "write", code: errno) }
        isCommitted = true
        Self.synchronize(folder: Self.split(target).folder)
    }

    /// The folder with its slash (empty for the current one), and the file's name.
    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
        let start = path.utf8.index(after: slash)
        return (String(path[..<start]), String(path[start...]))
    }

    /// Makes the rename last through a power cut, where the file system can do that for folders.
    private static func synchronize(folder: String) {
        let path = folder.isEmpty ? "." : folder
        let descriptor = path.withFileName { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

/// Writes the file at `path` whole or not at all: `body` appends the bytes, then the file takes its name.
///
/// - Throws: `FileError` where the disk refuses, and whatever `body` throws; a file of that name is then as it was.
public func writeAtomically(to path: String, _ body: (AtomicFile) throws -> Void) throws {
    let file = try AtomicFile(path: path)
    try body(file)
    try file.commit()
}

/// Writes `bytes` to the file at `path`, whole or not at all.
public func writeAtomically(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = try AtomicFile(path: path)
    try file.write(bytes)
    try file.commit()
}
