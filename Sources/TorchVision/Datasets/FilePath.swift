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
    /// The kind and identity of what the path leads to, or nil where it leads nowhere (or may not be followed).
    func status() -> (kind: FileKind, identity: FileIdentity)? {
        var status = stat()
        guard withCString({ stat($0, &status) }) == 0 else { return nil }
        let kind: FileKind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            default: .special
            }
        return (kind, FileIdentity(device: UInt(status.st_dev), number: UInt(status.st_ino)))
    }
}
