internal import Glibc
internal import Platform

/// Where a file of weights goes: a partial file in the cache, whose troubles are told as those of the cache.
///
/// A download writes from a thread of its own, hence the lock.
final class Destination: Sendable {
    private struct State {
        let partial: PartialFile
        var received = 0
    }

    private let state: Monitor<State>
    private let path: String
    private let file: WeightsFile
    private let source: String
    private let limit: Int

    /// Makes the folder and the temporary file, which takes up to `limit` bytes.
    init(_ path: String, of file: WeightsFile, from source: String, limit: Int) throws(WeightsError) {
        self.path = path
        self.file = file
        self.source = source
        self.limit = limit
        do throws(SystemError) {
            try makeFolders(for: path)
            state = Monitor(State(partial: try PartialFile(destination: path)))
        } catch {
            throw Self.trouble(error, path: path, file: file)
        }
    }

    /// Adds bytes and tells how far it is.
    func write(
        _ bytes: UnsafeRawBufferPointer, total: Int?, progress: (@Sendable (Int, Int?) -> Void)?
    ) throws(WeightsError) {
        let received = try state.withLock { (state) throws(WeightsError) -> Int in
            let size = max(state.received + bytes.count, total ?? 0)
            guard size <= limit else {
                throw WeightsError(
                    code: .unavailable, fileName: file.fileName,
                    message:
                        "\(source) is not the published file: it has \(size) bytes or more, and \(limit) are the most "
                        + "for \(file.fileName). It was not kept. Put the right file at \(path).")
            }
            do throws(SystemError) {
                try state.partial.write(bytes)
            } catch {
                throw Self.trouble(error, path: path, file: file)
            }
            state.received += bytes.count
            return state.received
        }
        progress?(received, total)
    }

    /// Copies a file of this machine. Throws `SystemError` where that file can't be read.
    func copy(_ source: String, progress: (@Sendable (Int, Int?) -> Void)?) throws {
        var status = stat()
        let total = stat(source, &status) == 0 ? Int(status.st_size) : nil
        var trouble: WeightsError?
        do throws(SystemError) {
            try readFile(source) { (bytes) throws(SystemError) in
                do throws(WeightsError) {
                    try write(bytes, total: total, progress: progress)
                } catch {
                    trouble = error
                    throw SystemError(code: ECANCELED)
                }
            }
        } catch {
            if let trouble { throw trouble }
            throw error
        }
    }

    /// The SHA-256 of what was written, to be asked for once and at the end.
    func finishDigest() -> String {
        state.withLock { $0.partial.finishDigest() }
    }

    /// Gives the file its name.
    func place() throws(WeightsError) {
        try state.withLock { (state) throws(WeightsError) in
            do throws(SystemError) {
                try state.partial.place()
            } catch {
                throw Self.trouble(error, path: path, file: file)
            }
        }
    }

    /// Removes what was written, also where the network still holds on to this object.
    func discard() {
        state.withLock { $0.partial.discard() }
    }

    private static func trouble(_ error: SystemError, path: String, file: WeightsFile) -> WeightsError {
        WeightsError(
            code: .cache, fileName: file.fileName,
            message:
                "\(path) can't be written (\(error)). Make room or let the folder be written to, or set TORCH_HOME "
                + "to another folder.")
    }
}

/// Makes the folders above a path, as `mkdir -p` does.
private func makeFolders(for path: String) throws(SystemError) {
    let parts = path.split(separator: "/").dropLast()
    var folder = path.hasPrefix("/") ? "" : "."
    for part in parts {
        folder += "/\(part)"
        if mkdir(folder, 0o755) != 0, errno != EEXIST {
            let error = SystemError.last
            // A folder above may be closed to us and hold what we need all the same.
            guard access(folder, F_OK) == 0 else { throw error }
        }
    }
}
