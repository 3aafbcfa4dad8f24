internal import CImage
internal import Glibc
internal import Platform

/// Why an image could not be read or written.
public struct ImageError: Error, Sendable, Hashable {
    /// What went wrong, for programs.
    public struct Code: RawRepresentable, Hashable, Sendable, Codable {
        /// The name of the code.
        public let rawValue: String

        /// The code of a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The file is missing, may not be read, or is no regular file.
        public static let unreadable = Self(rawValue: "unreadable")
        /// There are no bytes.
        public static let empty = Self(rawValue: "empty")
        /// The bytes are no image.
        public static let unrecognised = Self(rawValue: "unrecognised")
        /// A kind of file, or a variant of a format, that is not read.
        public static let unsupported = Self(rawValue: "unsupported")
        /// The bytes end before the image does.
        public static let truncated = Self(rawValue: "truncated")
        /// The bytes contradict their format.
        public static let damaged = Self(rawValue: "damaged")
        /// More pixels, or more bytes, than are allowed.
        public static let tooLarge = Self(rawValue: "tooLarge")
        /// The system gave no memory.
        public static let outOfMemory = Self(rawValue: "outOfMemory")
        /// The machine failed, not the file: too many files are open, or a disk or network drive reports a fault.
        public static let system = Self(rawValue: "system")
    }

    /// What went wrong, for programs.
    public let code: Code

    /// The file, where there is one.
    public let path: String?

    /// What went wrong, for people: one clause, without the path.
    public let message: String

    /// What one can do about it.
    private let advice: String

    /// A custom error, such as that of a dataset which reads its images elsewhere.
    public init(_ code: Code, path: String? = nil, message: String) {
        self.init(code, path: path, message: message, advice: Self.advice(for: code))
    }

    init(_ code: Code, path: String? = nil, message: String, advice: String) {
        self.code = code
        self.path = path
        self.message = message
        self.advice = advice
    }

    /// An operation on an image's file that the system refused, with its error number.
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
        ImageError(code, path: path, message: message, advice: advice)
    }

    /// Whether the machine failed rather than the file, so that the other images can't be expected to fare better and
    /// the work should end.
    public var isSystemFailure: Bool { code == .system || code == .outOfMemory }

    private static func advice(for code: Code) -> String {
        switch code {
        case .unreadable: "Check the path and the permissions."
        case .empty, .truncated, .damaged: "Copy or download it again, or remove it."
        case .unrecognised: "Remove it."
        case .unsupported: "Convert it, or remove it."
        case .tooLarge: "Make it smaller, or raise the limit (ImageReadingOptions.maximumPixels)."
        case .outOfMemory: "Free some memory, read with fewer threads, or make the image smaller."
        case .system: "Check the disk or the network drive, then start again."
        default: "Check the file."
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
    /// What CImage reports.
    init(_ error: cimage_error) {
        let code: Code =
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
        self.init(code, message: message)
    }
}
