internal import LibC

/// A path as the file system stores it: bytes, which need not be text.
///
/// Paths compare by bytes, which for UTF-8 is the order of code points. `String` would treat composed and decomposed
/// "é" as the same name.
package struct FilePath: Sendable, Hashable, Comparable {
    package private(set) var bytes: [UInt8]

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(_ text: String) {
        bytes = text.fileNameBytes
    }

    /// The path as a string that preserves every byte.
    package var text: String {
        String(fileName: bytes)
    }

    /// The parent folder of the path; empty, for the working folder, if there is none.
    package var parent: FilePath {
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return FilePath(bytes: []) }
        return FilePath(bytes: Array(bytes[..<Swift.max(slash, 1)]))
    }

    /// The extension after the last dot of the last component, in lower case; nil without a dot.
    package var fileExtension: String? {
        guard let dot = bytes.lastIndex(of: UInt8(ascii: ".")), !bytes[dot...].contains(UInt8(ascii: "/")) else {
            return nil
        }
        return String(decoding: bytes[(dot + 1)...], as: UTF8.self).lowercased()
    }

    /// The last component of the path.
    package var lastComponent: [UInt8] {
        bytes.split(separator: UInt8(ascii: "/")).last.map { Array($0) } ?? []
    }

    package func appending(_ component: [UInt8]) -> FilePath {
        let separator: [UInt8] = bytes.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]
        return FilePath(bytes: bytes + separator + component)
    }

    package func appending(_ component: String) -> FilePath {
        appending(component.fileNameBytes)
    }

    package static func < (left: FilePath, right: FilePath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// Calls the body with the path as a C string.
    package func withCString<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        var terminated = bytes.map { CChar(bitPattern: $0) }
        terminated.append(0)
        return try terminated.withUnsafeBufferPointer { buffer in
            guard let address = buffer.baseAddress else { preconditionFailure("An array with a zero is not empty.") }
            return try body(address)
        }
    }
}

/// The file at a path; links are followed.
package struct FileStatus: Sendable {
    package let kind: FileKind
    package let identity: FileIdentity
    /// The size of a file in bytes.
    package let size: Int
    /// The time when the content was last changed, in nanoseconds since 1970; 0 if it is not known.
    package let modified: Int64

    package init(kind: FileKind, identity: FileIdentity, size: Int, modified: Int64 = 0) {
        (self.kind, self.identity, self.size, self.modified) = (kind, identity, size, modified)
    }
}

/// The kind of file at a path; links are followed.
package enum FileKind: Sendable {
    case file
    case folder
    /// Another kind: a pipe, a socket, a device.
    case special
}

/// The identity of a file, whichever path leads to it.
package struct FileIdentity: Sendable, Hashable {
    package let device: UInt
    let number: UInt

    package init(device: UInt, number: UInt) { (self.device, self.number) = (device, number) }
}

extension FilePath {
    /// The file at the path, or nil if there is none or it is not accessible.
    package func status() -> FileStatus? { try? look().get() }

    /// The file at the path, or the system's error.
    package func look() -> Result<FileStatus, SystemError> {
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
                kind: kind,
                identity: FileIdentity(device: UInt(truncatingIfNeeded: status.st_dev), number: UInt(status.st_ino)),
                size: Int(status.st_size),
                modified: Int64(status.modificationTime.tv_sec) * 1_000_000_000
                    + Int64(status.modificationTime.tv_nsec)))
    }

    /// Whether it is a file of this user that others can't read or write, and no link.
    package var isPrivate: Bool {
        var status = stat()
        return withCString { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFREG
            && status.st_uid == geteuid() && status.st_mode & 0o077 == 0
    }

    /// Whether the path itself is a symbolic link, wherever it leads.
    package var isLink: Bool {
        var status = stat()
        return withCString { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFLNK
    }
}

/// Whether a file or folder exists at a path.
package func fileExists(_ path: String) -> Bool { path.withFileName { access($0, F_OK) } == 0 }
