internal import Glibc
internal import Torch

/// A path as the file system holds it: bytes, which need not be text.
///
/// Paths compare by bytes, which for UTF-8 is the order of code points; `String` would take "é" composed and
/// decomposed for the same name.
struct FilePath: Sendable, Hashable, Comparable {
    private(set) var bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    init(_ text: String) {
        bytes = text.fileNameBytes
    }

    /// The path as a string that keeps every byte.
    var text: String {
        String(fileName: bytes)
    }

    /// What follows the last slash that is not at the end.
    var lastComponent: [UInt8] {
        bytes.split(separator: UInt8(ascii: "/")).last.map { Array($0) } ?? []
    }

    func appending(_ component: [UInt8]) -> FilePath {
        let separator: [UInt8] = bytes.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]
        return FilePath(bytes: bytes + separator + component)
    }

    func appending(_ component: String) -> FilePath {
        appending(component.fileNameBytes)
    }

    static func < (left: FilePath, right: FilePath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// Calls the body with the path as a C string.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        var terminated = bytes.map { CChar(bitPattern: $0) }
        terminated.append(0)
        return try terminated.withUnsafeBufferPointer { buffer in
            guard let address = buffer.baseAddress else { preconditionFailure("An array with a zero is not empty.") }
            return try body(address)
        }
    }
}

/// What lies at a path, links followed.
struct FileStatus: Sendable {
    let kind: FileKind
    let identity: FileIdentity
    /// The size of a file in bytes.
    let size: Int
}

/// What a path leads to, links followed.
enum FileKind: Sendable {
    case file
    case folder
    /// Neither: a pipe, a socket, a device.
    case special
}

/// A file's identity, whichever path leads to it.
struct FileIdentity: Sendable, Hashable {
    let device: UInt
    let number: UInt
}

extension FilePath {
    /// What the path leads to, or nil where it leads nowhere (or may not be followed).
    func status() -> FileStatus? { try? look().get() }

    /// What the path leads to, or nil where nothing is there.
    ///
    /// Throws where that can't be found out: a folder above is closed, links lead in a circle, the machine fails (after it
    /// is tried again for a while).
    func existingStatus() throws(DatasetError) -> FileStatus? {
        try SystemFailure.retrying { () throws(DatasetError) -> FileStatus? in
            do throws(SystemError) {
                return try look().get()
            } catch {
                if [ENOENT, ENOTDIR].contains(error.code) { return nil }
                throw failure(error.code)
            }
        } while: {
            $0.reason == .system
        }
    }

    func look() -> Result<FileStatus, SystemError> {
        var status = stat()
        let code = withCString { stat($0, &status) == 0 ? 0 : errno }
        guard code == 0 else { return .failure(SystemError(code: code)) }
        let kind: FileKind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            default: .special
            }
        return .success(
            FileStatus(
                kind: kind, identity: FileIdentity(device: UInt(status.st_dev), number: UInt(status.st_ino)),
                size: Int(status.st_size)))
    }

    /// Why what lies at the path can't be read, by the system's error number.
    func failure(_ code: Int32) -> DatasetError {
        let reason = "can't be read: \(SystemError(code: code))."
        return switch code {
        case ENOENT: DatasetError(.missing, path: text, "there is no such file. Check the path.")
        case EACCES, EPERM:
            DatasetError(
                .unreadable, path: text,
                "no permission to read it. Let its owner allow it (chmod u+r, for the folders above it chmod u+x), or run as "
                    + "a user who may.")
        case _ where SystemFailure.includes(code):
            DatasetError(
                .system, path: text,
                reason + " Check the system's limits, the disk or the network drive, then start again.")
        default: DatasetError(.unreadable, path: text, reason + " Check the path.")
        }
    }
}
