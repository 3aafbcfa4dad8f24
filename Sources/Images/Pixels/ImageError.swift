internal import CImage
internal import Glibc
internal import Platform

/// Why a picture could not be read or written.
public struct ImageError: Error, Sendable, Hashable {
    /// What went wrong, for programs.
    public enum Kind: String, Sendable, Codable {
        /// The file is missing, may not be read, or is no regular file.
        case unreadable
        /// There are no bytes.
        case empty
        /// The bytes are no picture.
        case unrecognised
        /// A kind of file, or a variant of a format, that is not read.
        case unsupported
        /// The bytes end before the picture does.
        case truncated
        /// The bytes contradict their format.
        case damaged
        /// More pixels, or more bytes, than are allowed.
        case tooLarge
        /// The system gave no memory.
        case outOfMemory
        /// The machine failed, not the file: too many files are open, or a disk or network drive reports a fault.
        case system
    }

    /// What went wrong, for programs.
    public let kind: Kind

    /// The file, where there is one.
    public let path: String?

    /// What went wrong, for people: one clause, without the path.
    public let message: String

    /// What one can do about it.
    private let advice: String

    /// An error of one's own, such as that of a dataset which reads its pictures elsewhere.
    public init(_ kind: Kind, path: String? = nil, message: String) {
        self.init(kind, path: path, message: message, advice: Self.advice(for: kind))
    }

    init(_ kind: Kind, path: String? = nil, message: String, advice: String) {
        self.kind = kind
        self.path = path
        self.message = message
        self.advice = advice
    }

    /// An operation on a picture's file that the system refused, with its error number.
    init(_ what: String, code: Int32) {
        let message = "\(what): \(String(cString: strerror(code)).lowercased())"
        switch code {
        case EMFILE, ENFILE:
            self.init(
                .system, message: message,
                advice: "Too many files are open: close some, raise the limit (ulimit -n), or read with fewer threads.")
        case ENOMEM: self.init(.outOfMemory, message: message)
        case _ where SystemFailure.includes(code): self.init(.system, message: message)
        default: self.init(.unreadable, message: message)
        }
    }

    /// The same error, of this file.
    public func naming(path: String) -> ImageError {
        ImageError(kind, path: path, message: message, advice: advice)
    }

    /// Whether the machine failed rather than the file, so that the other pictures can't be expected to fare better and
    /// the work should end.
    public var isSystemFailure: Bool { kind == .system || kind == .outOfMemory }

    private static func advice(for kind: Kind) -> String {
        switch kind {
        case .unreadable: "Check the path and the permissions."
        case .empty, .truncated, .damaged: "Copy or download it again, or remove it."
        case .unrecognised: "Remove it."
        case .unsupported: "Convert it, or remove it."
        case .tooLarge: "Make it smaller, or raise the limit (ImageReadingOptions.maximumPixels)."
        case .outOfMemory: "Free some memory, read with fewer threads, or make the picture smaller."
        case .system: "Check the disk or the network drive, then start again."
        }
    }
}

extension ImageError: CustomStringConvertible {
    /// The file, what is wrong with it, and what to do.
    public var description: String {
        "\(path.map { "\($0): " } ?? "")\(message). \(advice)"
    }
}

extension ImageError {
    /// What CImage says.
    init(_ error: cimage_error) {
        let kind: Kind =
            switch error.status {
            case CIMAGE_EMPTY: .empty
            case CIMAGE_UNRECOGNISED: .unrecognised
            case CIMAGE_UNSUPPORTED, CIMAGE_INVALID_ARGUMENT: .unsupported
            case CIMAGE_TRUNCATED: .truncated
            case CIMAGE_TOO_LARGE: .tooLarge
            case CIMAGE_OUT_OF_MEMORY: .outOfMemory
            default: .damaged
            }
        let message = withUnsafeBytes(of: error.message) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        self.init(kind, message: message)
    }
}
