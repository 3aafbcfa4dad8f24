/// A file of weights that is published at an address: where it is, what it is called, and how its SHA-256 begins.
public struct WeightsFile: Sendable, Codable, Hashable {
    /// The address, such as `https://download.pytorch.org/models/mobilenet_v2-b0353104.pth`.
    public let url: String

    /// The name that it bears in the cache and in a mirror.
    public let fileName: String

    /// The SHA-256 in hexadecimal, or as many of its first digits as are known; nil where none is, and then the file is
    /// taken as it is.
    public let sha256: String?

    /// The largest size in bytes that the file can have; nil where it is not known.
    public internal(set) var maximumBytes: Int?

    /// Describes a published file.
    ///
    /// Unless told otherwise the name is the last part of the address, and the digest is the part of the name between
    /// the last `-` and the first `.` after it if that is eight or more hexadecimal digits, as `torch.hub` has it.
    public init(url: String, fileName: String? = nil, sha256: String? = nil, maximumBytes: Int? = nil) {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        let name = fileName ?? path.split(separator: "/").last.map(String.init) ?? "weights"
        self.url = url
        self.fileName = name
        self.maximumBytes = maximumBytes
        self.sha256 = sha256?.lowercased() ?? Self.digest(in: name)
    }

    /// Whether a digest begins as this file's should.
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

/// Why a file of weights is not to be had: which file, what went wrong, what to do.
public struct WeightsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of trouble, for programs; people read the description.
    public struct Code: RawRepresentable, Hashable, Sendable, Codable {
        /// The name of the code.
        public let rawValue: String

        /// The code of a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The SHA-256 is not what it should be.
        public static let wrongDigest = Self(rawValue: "wrongDigest")
        /// No source has the file, or none can be reached.
        public static let unavailable = Self(rawValue: "unavailable")
        /// The cache can't be read or written.
        public static let cache = Self(rawValue: "cache")
        /// The task in which the file was fetched was canceled.
        public static let interrupted = Self(rawValue: "interrupted")
    }

    /// The kind of trouble.
    public let code: Code

    /// The name of the file.
    public let fileName: String

    /// What went wrong and what to do.
    public let message: String

    /// The message, which names the file.
    public var description: String { message }
}
