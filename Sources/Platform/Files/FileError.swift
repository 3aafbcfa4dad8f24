import Glibc

/// A file operation that failed: which file, the system's reason, and what to do about it.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, as the caller named it.
    public let path: String
    /// What was tried, as in "read" or "write".
    public let operation: String
    /// The system's error number (`errno`); 0 where the reason is ours.
    public let code: Int32
    /// Why it failed.
    public let reason: String
    /// What the user can do.
    public let advice: String

    /// An error that the system reported by number.
    public init(path: String, operation: String, code: Int32) {
        self.path = path
        self.operation = operation
        self.code = code
        reason = Self.text(of: code)
        advice = Self.advice(for: code)
    }

    /// An error of our own finding.
    public init(path: String, operation: String, reason: String, advice: String) {
        self.path = path
        self.operation = operation
        code = 0
        self.reason = reason
        self.advice = advice
    }

    /// One line: the file, what failed, why, and what to do.
    public var description: String { "\(path): cannot \(operation): \(reason); \(advice)" }

    private static func text(of code: Int32) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func advice(for code: Int32) -> String {
        switch code {
        case ENOSPC: "free some space there, or name a folder on another disk"
        case EDQUOT: "your disk quota is used up: free some space, or name a folder on another disk"
        case EFBIG:
            "the file grew past the limit of this process or file system: raise it (ulimit -f) or write elsewhere"
        case EACCES, EPERM: "check the permissions of the file and of its folder"
        case EROFS: "the file system is read-only: name another folder"
        case ENOENT: "check the name, and that its folder exists"
        case ENOTDIR: "a part of the path is a file where a folder is needed: check the name"
        case EISDIR: "name a file, not a folder"
        case ENAMETOOLONG: "choose a shorter name"
        case EMFILE, ENFILE: "too many files are open: close some, or raise the limit (ulimit -n)"
        case ENOMEM: "free some memory"
        case EIO: "the disk or the network drive reports a fault: try a copy on another disk"
        default: "check the file and its folder"
        }
    }
}
