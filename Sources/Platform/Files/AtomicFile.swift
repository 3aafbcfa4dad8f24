internal import LibC

/// A file that is written atomically: completely or not at all.
///
/// The bytes are written to a temporary file in the same folder. `commit` flushes them to the disk and renames the file
/// in one step. Before that, and after any failure, an existing file with that name stays unchanged. The temporary file
/// is removed with the object.
package final class AtomicFile {
    /// The file to be written, as the caller named it.
    package let path: String
    private let target: String
    /// The file that has the bytes until `commit`.
    package let temporary: String
    private var descriptor: Int32
    private var isCommitted = false

    /// Starts writing the file at `path`. Throws an error if a new file cannot be created in its folder.
    ///
    /// Links are followed, an existing file keeps its permissions, and anything but a regular file is rejected.
    package init(path: String) throws(FileError) {
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
                    path: path, operation: "write", reason: "it exists and is not a regular file",
                    advice: "choose another file")
            }
            if let resolved = path.withFileName({ realpath($0, nil) }) {
                target = String(fileName: resolved)
                free(resolved)
            }
        }
        self.path = path
        self.target = target
        let (folder, name) = Self.split(target)
        // Names may have at most 255 bytes. A long one is shortened for the temporary file.
        let stem = String(decoding: name.utf8.prefix(160), as: UTF8.self)
        let tag = String(UInt64.random(in: .min ... .max), radix: 36)
        temporary = folder + "." + stem + "." + tag + ".partial"
        descriptor = temporary.withFileName { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
        guard descriptor >= 0 else { throw FileError(path: path, operation: "write", code: errno) }
        if let permissions {
            // A file system without permissions may report an error; the file is complete nevertheless.
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
    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        guard descriptor >= 0 else {
            throw FileError(
                path: path, operation: "write", reason: "it is already finished", advice: "create a new AtomicFile")
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let chunk = UnsafeRawBufferPointer(rebasing: rest)
            let written = LibC.write(descriptor, chunk.baseAddress, chunk.count)
            if written < 0 {
                if errno == EINTR { continue }
                throw FileError(path: path, operation: "write", code: errno)
            }
            rest = rest.dropFirst(written)
        }
    }

    /// Appends bytes.
    package func write(_ bytes: [UInt8]) throws(FileError) {
        // `Array.withUnsafeBytes` does not pass on a typed error.
        let result = bytes.withUnsafeBytes { buffer -> Result<Void, FileError> in
            Result { () throws(FileError) in try write(buffer) }
        }
        try result.get()
    }

    /// Flushes the bytes to the disk and puts the file in its place.
    ///
    /// - Parameter flushes: Whether the file must survive a power failure.
    package func commit(flushes: Bool = true) throws(FileError) {
        guard descriptor >= 0 else { return }
        try finish(flushes)
        try rename(to: target)
        if flushes { Self.synchronize(folder: Self.split(target).folder) }
    }

    /// Flushes the bytes to the disk and gives the file a name in the same folder that was not known at its start.
    package func commit(as path: String) throws(FileError) {
        try finish(true)
        try rename(to: path)
        Self.synchronize(folder: Self.split(path).folder)
    }

    /// Flushes the bytes to the disk and puts the file in its place, unless another process has put one there before.
    ///
    /// On a file system without links, two processes may do so at the same moment; the later one replaces the file.
    ///
    /// - Returns: Whether the file is this one.
    package func commitIfAbsent() throws(FileError) -> Bool {
        guard !fileExists(target) else { return false }
        try finish(true)
        if temporary.withFileName({ temporary in target.withFileName { link(temporary, $0) } }) != 0 {
            guard errno != EEXIST else { return false }
            try rename(to: target)
        }
        Self.synchronize(folder: Self.split(target).folder)
        return true
    }

    private func rename(to target: String) throws(FileError) {
        let renaming = temporary.withFileName { temporary in target.withFileName { LibC.rename(temporary, $0) } }
        guard renaming == 0 else { throw FileError(path: path, operation: "write", code: errno) }
        isCommitted = true
    }

    /// Closes the temporary file.
    private func finish(_ flushes: Bool) throws(FileError) {
        guard !flushes || fsync(descriptor) == 0 else { throw FileError(path: path, operation: "write", code: errno) }
        let closing = close(descriptor)
        let code = errno
        descriptor = -1
        // Network drives may report a full disk only here.
        guard closing == 0 || code == EINTR else { throw FileError(path: path, operation: "write", code: code) }
    }

    /// The folder with its slash (empty for the current one), and the file's name.
    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
        let start = path.utf8.index(after: slash)
        return (String(path[..<start]), String(path[start...]))
    }

    /// Makes the rename survive a power failure, if the file system supports it for folders.
    private static func synchronize(folder: String) {
        let path = folder.isEmpty ? "." : folder
        let descriptor = path.withFileName { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

/// Writes the file at `path` atomically. `body` appends the bytes; then the file gets its name.
///
/// - Parameter flushes: Whether the file must survive a power failure.
/// - Throws: `FileError` if the disk reports an error, and errors of `body`. An existing file then stays unchanged.
package func writeAtomically(
    to path: String, flushes: Bool = true, _ body: (AtomicFile) throws -> Void
) throws {
    let file = try AtomicFile(path: path)
    try body(file)
    try file.commit(flushes: flushes)
}

/// Writes `bytes` to the file at `path` atomically.
package func writeAtomically(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = try AtomicFile(path: path)
    try file.write(bytes)
    try file.commit()
}
