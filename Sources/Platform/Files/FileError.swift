internal import LibC

/// A failed file operation: the file, the system's reason, and what to do.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, as the caller named it.
    public let path: String
    /// The operation, such as "read" or "write".
    public let operation: String
    /// The system's error number (`errno`), or 0 if the system did not report the error.
    public let code: Int32
    /// The reason.
    public let reason: String
    /// What the user can do.
    public let advice: String

    /// Creates an error from a system error number.
    public init(path: String, operation: String, code: Int32) {
        self.path = path
        self.operation = operation
        self.code = code
        reason = Self.text(of: code)
        advice = Self.advice(for: code)
    }

    /// Creates an error that the system did not report.
    public init(path: String, operation: String, reason: String, advice: String) {
        self.path = path
        self.operation = operation
        code = 0
        self.reason = reason
        self.advice = advice
    }

    /// One line with the file, the operation, the reason and what to do.
    public var description: String { "\(path): cannot \(operation): \(reason); \(advice)" }

    private static func text(of code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func advice(for code: Int32) -> String {
        switch code {
        case ENOSPC: "free some space there, or use a folder on another disk"
        case EDQUOT: "your disk quota is used up: free some space, or use a folder on another disk"
        case EFBIG:
            "the file exceeds the size limit of this process or file system: raise it (ulimit -f) or write elsewhere"
        case EACCES, EPERM: "check the permissions of the file and of its folder"
        case EROFS: "the file system is read-only: use another folder"
        case ENOENT: "check the name, and that its folder exists"
        case ENOTDIR: "a part of the path is a file where a folder is needed: check the name"
        case EISDIR: "specify a file, not a folder"
        case ENAMETOOLONG: "choose a shorter name"
        case EMFILE, ENFILE: "too many files are open: close some, or raise the limit (ulimit -n)"
        case ENOMEM: "free some memory"
        case EIO: "the disk or the network drive reports an error: try a copy on another disk"
        default: "check the file and its folder"
        }
    }
}
