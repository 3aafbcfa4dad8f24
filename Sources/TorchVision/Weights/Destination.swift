internal import LibC
internal import Platform

/// The destination of a weights file: a partial file in the cache. Its errors are reported as errors of the cache.
final class Destination {
    private let partial: PartialFile
    private var received = 0
    private let path: String
    private let file: WeightsFile
    private let source: String
    private let limit: Int

    /// Creates the folder and the temporary file, which accepts up to `limit` bytes.
    init(_ path: String, of file: WeightsFile, from source: String, limit: Int) throws(WeightsError) {
        self.path = path
        self.file = file
        self.source = source
        self.limit = limit
        do throws(SystemError) {
            try makeFolders(for: path)
            partial = try PartialFile(destination: path)
        } catch {
            throw Self.trouble(error, path: path, file: file)
        }
    }

    /// Appends bytes and reports the progress.
    ///
    /// - Throws: `WeightsError`, and the errors of `report`.
    func write(_ bytes: UnsafeRawBufferPointer, total: Int?, report: (FileProgress) throws -> Void) throws {
        let size = max(received + bytes.count, total ?? 0)
        guard size <= limit else {
            throw WeightsError(
                code: .unavailable, fileName: file.fileName,
                message:
                    "\(source) is not the published file: it has \(size) bytes or more, but at most \(limit) are "
                    + "expected for \(file.fileName). It was not kept. Put the right file at \(path).")
        }
        do throws(SystemError) {
            try partial.write(bytes)
        } catch {
            throw Self.trouble(error, path: path, file: file)
        }
        received += bytes.count
        try report(FileProgress(fileName: file.fileName, bytes: received, total: total))
    }

    /// Copies a local file. Throws `SystemError` if that file cannot be read, and the errors of `write`.
    func copy(_ source: String, report: (FileProgress) throws -> Void) throws {
        var status = stat()
        let total = stat(source, &status) == 0 ? Int(status.st_size) : nil
        try readChunks(of: source) { try write($0, total: total, report: report) }
    }

    /// The SHA-256 of the written bytes. Read it only once, at the end.
    func finishDigest() -> String {
        partial.finishDigest()
    }

    /// Renames the file to its final name.
    func place() throws(WeightsError) {
        do throws(SystemError) {
            try partial.place()
        } catch {
            throw Self.trouble(error, path: path, file: file)
        }
    }

    /// Removes the written bytes, unless the file is already in place.
    func discard() {
        partial.discard()
    }

    private static func trouble(_ error: SystemError, path: String, file: WeightsFile) -> WeightsError {
        WeightsError(
            code: .cache, fileName: file.fileName,
            message:
                "\(path) cannot be written (\(error)). Free some space, make the folder writable, or set TORCH_HOME "
                + "to another folder.")
    }
}

/// Passes the bytes of a file to the body in chunks. Throws `SystemError` if it cannot be read, and the errors of the
/// body.
func readChunks(of path: String, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    var failure: (any Error)?
    do throws(SystemError) {
        try readFile(path) { (bytes) throws(SystemError) in
            do {
                try body(bytes)
            } catch {
                failure = error
                throw SystemError(code: ECANCELED)
            }
        }
    } catch {
        throw failure ?? error
    }
}

/// Creates the folders above a path, as `mkdir -p` does.
private func makeFolders(for path: String) throws(SystemError) {
    let parts = path.split(separator: "/").dropLast()
    var folder = path.hasPrefix("/") ? "" : "."
    for part in parts {
        folder += "/\(part)"
        if mkdir(folder, 0o755) != 0, errno != EEXIST {
            let error = SystemError.last
            // A parent folder may be inaccessible and still contain what is needed.
            guard access(folder, F_OK) == 0 else { throw error }
        }
    }
}
