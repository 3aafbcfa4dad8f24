package import Platform

/// A checkpoint file that cannot be read or written: which one, what is wrong, and what to do.
public struct CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sort of trouble, for programs that react to it.
    public enum Kind: Hashable, Sendable {
        /// The disk refused: no such file, no permission, no space.
        case file
        /// The file is not whole, or its parts contradict each other.
        case damaged
        /// The file is something else than a checkpoint, or a kind that is not read.
        case unsupported
        /// The file asks for code to be run, which is never done.
        case refused
        /// The file is sound but does not hold what was asked for.
        case notFound
        /// What is to be written contradicts itself: a name stands twice.
        case invalid
        /// LibTorch could not make or copy a tensor, for want of memory as a rule.
        case tensor
    }

    /// The file, as the caller named it.
    public let path: String
    /// The sort of trouble.
    public let kind: Kind
    /// What is wrong.
    public let problem: String
    /// What the user can do.
    public let advice: String

    /// One line: the file, what is wrong, what to do.
    public var description: String { "\(path): \(problem); \(advice)" }

    package init(path: String, kind: Kind, problem: String, advice: String) {
        self.path = path
        self.kind = kind
        self.problem = problem
        self.advice = advice
    }

    package init(_ error: FileError) {
        self.init(
            path: error.path, kind: .file, problem: "cannot \(error.operation): \(error.reason)", advice: error.advice)
    }

    package init(_ fault: CheckpointFault, path: String) {
        self.init(path: path, kind: fault.kind, problem: fault.problem, advice: fault.advice)
    }
}

/// What the readers of single formats throw: they know bytes and no file names.
package struct CheckpointFault: Error, Hashable {
    package let kind: CheckpointError.Kind
    package let problem: String
    package let advice: String

    package init(_ kind: CheckpointError.Kind, _ problem: String, advice: String) {
        self.kind = kind
        self.problem = problem
        self.advice = advice
    }

    /// A file that is cut short or altered.
    package static func damaged(_ problem: String) -> CheckpointFault {
        CheckpointFault(.damaged, problem, advice: "the file is damaged: take another copy of it")
    }
}
