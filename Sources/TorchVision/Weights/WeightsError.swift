/// Why a file of weights is not to be had: which file, what went wrong, what to do.
public struct WeightsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of trouble, for programs; people read the description.
    public enum Reason: String, Sendable, Codable, CaseIterable {
        /// The SHA-256 is not what it should be.
        case wrongDigest
        /// No source has the file, or none can be reached.
        case unavailable
        /// The cache can't be read or written.
        case cache
        /// The task in which the file was fetched was canceled.
        case interrupted
    }

    /// The kind of trouble.
    public let reason: Reason

    /// The name of the file.
    public let fileName: String

    /// What went wrong and what to do.
    public let message: String

    /// The message, which names the file.
    public var description: String { message }
}
