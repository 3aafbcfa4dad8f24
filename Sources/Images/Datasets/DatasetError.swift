/// Why a dataset can't be used: which path or class, what is wrong with it, and what to do.
public struct DatasetError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of trouble, for programs; people read the description.
    public struct Code: RawRepresentable, Hashable, Sendable, Codable {
        /// The name of the code.
        public let rawValue: String

        /// The code of a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Nothing lies at the path.
        public static let missing = Self(rawValue: "missing")
        /// The path leads to a file where a folder is needed.
        public static let notAFolder = Self(rawValue: "notAFolder")
        /// The system does not let us read it.
        public static let unreadable = Self(rawValue: "unreadable")
        /// The machine failed, not the data: too many open files, no memory, a faulty disk.
        public static let system = Self(rawValue: "system")
        /// A folder without a single image.
        public static let empty = Self(rawValue: "empty")
        /// One class or several without an image.
        public static let emptyClass = Self(rawValue: "emptyClass")
        /// Fewer classes than are needed.
        public static let tooFewClasses = Self(rawValue: "tooFewClasses")
        /// A folder that could be read in two ways.
        public static let ambiguous = Self(rawValue: "ambiguous")
        /// A class that the list of classes does not have, or has twice.
        public static let unknownClass = Self(rawValue: "unknownClass")
        /// A data file that does not hold what its kind should.
        public static let damagedFile = Self(rawValue: "damagedFile")
        /// A pattern that is no regular expression with one capture group.
        public static let badPattern = Self(rawValue: "badPattern")
        /// A table whose columns can be understood in several ways, or in none.
        public static let unclearColumns = Self(rawValue: "unclearColumns")
        /// An option that the data have no use for, or that contradicts another.
        public static let badOption = Self(rawValue: "badOption")
        /// A split or a limit that these images can't give.
        public static let impossibleSplit = Self(rawValue: "impossibleSplit")
    }

    /// The kind of trouble.
    public let code: Code

    /// The path that it is about, where there is one.
    public let path: String?

    /// What is wrong and what to do, without the path.
    public let message: String

    /// What is wrong (`code`, `message`), and where (`path`).
    public init(_ code: Code, path: String? = nil, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    /// The message without its last stop, for use within another one.
    package var clause: String { message.hasSuffix(".") ? String(message.dropLast()) : message }

    /// The path and the message, ready to be shown.
    public var description: String {
        path.map { "\($0): \(message)" } ?? message
    }
}
