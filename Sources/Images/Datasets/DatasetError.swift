/// Why a dataset can't be used: which path or class, what is wrong with it, and what to do.
public struct DatasetError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of trouble, for programs; people read the description.
    public enum Reason: String, Sendable, Codable, CaseIterable {
        /// Nothing lies at the path.
        case missing
        /// The path leads to a file where a folder is needed.
        case notAFolder
        /// The system does not let us read it.
        case unreadable
        /// The machine failed, not the data: too many open files, no memory, a faulty disk.
        case system
        /// A folder without a single picture.
        case empty
        /// One class or several without a picture.
        case emptyClass
        /// Fewer classes than are needed.
        case tooFewClasses
        /// A folder that could be read in two ways.
        case ambiguous
        /// A class that the list of classes does not have, or has twice.
        case unknownClass
        /// A data file that does not hold what its kind should.
        case damagedFile
        /// A pattern that is no regular expression with one capture group.
        case badPattern
        /// A table whose columns can be understood in several ways, or in none.
        case unclearColumns
        /// An option that the data have no use for, or that contradicts another.
        case badOption
        /// A split or a limit that these pictures can't give.
        case impossibleSplit
    }

    /// The kind of trouble.
    public let reason: Reason

    /// The path that it is about, where there is one.
    public let path: String?

    /// What is wrong and what to do, without the path.
    public let message: String

    /// Says what is wrong (`reason`, `message`), and where (`path`).
    public init(_ reason: Reason, path: String? = nil, _ message: String) {
        self.reason = reason
        self.path = path
        self.message = message
    }

    /// The message without its last stop, for use within another one.
    var clause: String { message.hasSuffix(".") ? String(message.dropLast()) : message }

    /// The path and the message, ready to be shown.
    public var description: String {
        path.map { "\($0): \(message)" } ?? message
    }
}
