internal import Platform

/// The progress of downloading or reading a file.
public struct FileProgress: Sendable, Hashable {
    /// The name of the file.
    public let fileName: String
    /// The number of bytes so far.
    public let bytes: Int
    /// The total number of bytes; nil if it is unknown.
    public let total: Int?

    /// Creates the progress of a file.
    public init(fileName: String, bytes: Int, total: Int?) {
        (self.fileName, self.bytes, self.total) = (fileName, bytes, total)
    }
}

extension EventChannel<FileProgress> {
    /// Sends progress from any thread. Throws `CancellationError` if the work must stop.
    var reportAndCheck: @Sendable (FileProgress) throws -> Void {
        { progress in
            self.send(progress)
            try self.checkCancellation()
        }
    }
}
