/// A weights file published at a URL: its location, its name, and the start of its SHA-256.
public struct WeightsFile: Sendable, Codable, Hashable {
    /// The URL, such as `https://download.pytorch.org/models/mobilenet_v2-b0353104.pth`.
    public let url: String

    /// The name in the cache and in a mirror.
    public let fileName: String

    /// The SHA-256 in hexadecimal, or its known first digits; nil if none is known, in which case the file is not
    /// checked.
    public let sha256: String?

    /// The maximum size in bytes; nil if it is not known.
    public internal(set) var maximumBytes: Int?

    /// Describes a published file.
    ///
    /// By default the name is the last part of the URL, and the digest is the part of the name between the last `-` and
    /// the next `.` if it has at least eight hexadecimal digits, as in `torch.hub`.
    public init(url: String, fileName: String? = nil, sha256: String? = nil, maximumBytes: Int? = nil) {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        let name = fileName ?? path.split(separator: "/").last.map(String.init) ?? "weights"
        self.url = url
        self.fileName = name
        self.maximumBytes = maximumBytes
        self.sha256 = sha256?.lowercased() ?? Self.digest(in: name)
    }

    /// Whether a digest starts as this file's should.
    func accepts(digest: String) -> Bool {
        sha256.map { digest.hasPrefix($0) } ?? true
    }

    private static func digest(in name: String) -> String? {
        guard let dash = name.lastIndex(of: "-") else { return nil }
        let digits = name[name.index(after: dash)...].prefix { $0 != "." }
        guard digits.count >= 8, digits.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else { return nil }
        return String(digits)
    }
}

/// An error of a weights file that is not available: the file, the problem, and what to do.
public struct WeightsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of error, for programs; the description is for users.
    public struct Code: RawRepresentable, Hashable, Sendable, Codable {
        /// The name of the code.
        public let rawValue: String

        /// Creates a code with a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The SHA-256 differs from the expected one.
        public static let wrongDigest = Self(rawValue: "wrongDigest")
        /// No source has the file, or no source can be reached.
        public static let unavailable = Self(rawValue: "unavailable")
        /// The cache cannot be read or written.
        public static let cache = Self(rawValue: "cache")
        /// The task that downloaded the file was canceled.
        public static let interrupted = Self(rawValue: "interrupted")
    }

    /// The kind of error.
    public let code: Code

    /// The name of the file.
    public let fileName: String

    /// The problem and what to do.
    public let message: String

    /// The message, which contains the file's name.
    public var description: String { message }
}
