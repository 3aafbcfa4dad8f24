/// An error of a training on many processes.
public struct DistributedError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of error.
    public enum Code: String, Sendable {
        /// An environment variable of the launcher is missing or has a wrong value.
        case environment
        /// The processes did not find each other.
        case rendezvous
        /// A collective operation failed, and the processes are all there.
        case collective
        /// A process is gone: it was killed, its machine failed, or its network is cut.
        case processLost
        /// A process runs, but did not come to an operation in time.
        case processHangs
        /// A process reported an error before it ended.
        case processFailed
        /// The system or LibTorch lacks what is needed.
        case unsupported
    }

    /// The kind of error.
    public let code: Code
    /// What happened, and what to do.
    public let message: String
    /// The rank of the process that the error is about, if it is known.
    public let rank: Int?
    /// The name of its host.
    public let host: String?

    /// Creates an error from its parts.
    public init(_ code: Code, _ message: String, rank: Int? = nil, host: String? = nil) {
        (self.code, self.message, self.rank, self.host) = (code, message, rank, host)
    }

    /// The message.
    public var description: String { message }
}
