internal import CImage
internal import LibC
internal import Platform

/// An error in reading or writing an image.
public struct ImageError: Error, Sendable, Hashable {
    /// The kind of error, for programs.
    public struct Code: RawRepresentable, Hashable, Sendable, Codable {
        /// The name of the code.
        public let rawValue: String

        /// Creates a code with a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The file does not exist, is not readable, or is not a regular file.
        public static let unreadable = Self(rawValue: "unreadable")
        /// The web server of the image does not deliver it.
        public static let unavailable = Self(rawValue: "unavailable")
        /// There are no bytes.
        public static let empty = Self(rawValue: "empty")
        /// The bytes are not an image.
        public static let unrecognized = Self(rawValue: "unrecognized")
        /// A kind of file, or a variant of a format, that is not supported.
        public static let unsupported = Self(rawValue: "unsupported")
        /// The bytes end before the image does.
        public static let truncated = Self(rawValue: "truncated")
        /// The bytes violate their format.
        public static let damaged = Self(rawValue: "damaged")
        /// More pixels or bytes than allowed.
        public static let tooLarge = Self(rawValue: "tooLarge")
        /// The system provided no memory.
        public static let outOfMemory = Self(rawValue: "outOfMemory")
        /// The machine failed, not the file: too many open files, or an error of a disk or network drive.
        public static let system = Self(rawValue: "system")
    }

    /// The kind of error, for programs.
    public let code: Code

    /// The file, if there is one.
    public let path: String?

    /// The problem, for users: one clause without the path.
    public let message: String

    /// What the user can do.
    private let advice: String

    /// Creates a custom error, for example of a dataset that reads its images elsewhere.
    public init(_ code: Code, path: String? = nil, message: String) {
        self.init(code, path: path, message: message, advice: Self.advice(for: code))
    }

    init(_ code: Code, path: String? = nil, message: String, advice: String) {
        self.code = code
        self.path = path
        self.message = message
        self.advice = advice
    }

    /// Creates an error from a failed file operation with a system error number.
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

    /// The same error with this file.
    public func naming(path: String) -> ImageError {
        ImageError(code, path: path, message: message, advice: advice)
    }

    /// Whether the machine failed rather than the file, so that other images would probably fail too and the work
    /// should end.
    public var isSystemFailure: Bool { code == .system || code == .outOfMemory }

    private static func advice(for code: Code) -> String {
        switch code {
        case .unreadable: "Check the path and the permissions."
        case .unavailable: "Check the URL and the connection, or download the image with another program."
        case .empty, .truncated, .damaged: "Copy or download it again, or remove it."
        case .unrecognized: "Remove it."
        case .unsupported: "Convert it, or remove it."
        case .tooLarge: "Make it smaller, or raise the limit (ImageReadingOptions.maximumPixels)."
        case .outOfMemory: "Free some memory, read with fewer threads, or make the image smaller."
        case .system: "Check the disk or the network drive, then try again."
        default: "Check the file."
        }
    }
}

extension ImageError: CustomStringConvertible {
    /// The file, the problem and what to do.
    public var description: String {
        "\(path.map { "\($0): " } ?? "")\(message). \(advice)"
    }
}

extension ImageError {
    /// Creates an error from CImage's error.
    init(_ error: cimage_error) {
        let code: Code =
            switch error.status {
            case CIMAGE_EMPTY: .empty
            case CIMAGE_UNRECOGNIZED: .unrecognized
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
