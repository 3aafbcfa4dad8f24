internal import Glibc

/// What is wrong with an event file or a value for it, and what to do.
public struct EventFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The message.
    public let description: String

    init(_ path: String, _ message: String) { description = "\(path): \(message)" }

    /// An operation that the system refused.
    init(_ path: String, _ operation: String, code: Int32) {
        let advice =
            switch code {
            case EEXIST: "resume it, or name another file"
            case ENOENT: "check that its folder exists"
            case ENOSPC, EDQUOT: "free some space"
            default: "check the file and its folder"
            }
        self.init(path, "the event file can't be \(operation): \(String(cString: strerror(code))); \(advice)")
    }
}
