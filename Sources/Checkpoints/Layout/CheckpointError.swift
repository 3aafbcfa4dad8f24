package import Platform

/// An error of a checkpoint file that cannot be read or written: the file, the problem, and what to do.
public struct CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of error, for programs that react to it.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name of the code.
        public let rawValue: String

        /// Creates a code with a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The file system reported an error: no such file, no permission, no space.
        public static let file = Self(rawValue: "file")
        /// The file is incomplete, or its parts contradict each other.
        public static let damaged = Self(rawValue: "damaged")
        /// The file is not a checkpoint, or a kind that is not supported.
        public static let unsupported = Self(rawValue: "unsupported")
        /// The file requests code execution, which is never done.
        public static let refused = Self(rawValue: "refused")
        /// The file is valid but does not contain the requested part.
        public static let notFound = Self(rawValue: "notFound")
        /// The data to write is invalid: a name occurs twice.
        public static let invalid = Self(rawValue: "invalid")
        /// LibTorch could not create or copy a tensor, usually because of too little memory.
        public static let tensor = Self(rawValue: "tensor")
    }

    /// The file, as the caller named it.
    public let path: String
    /// The kind of error.
    public let code: Code
    /// The problem.
    public let problem: String
    /// What the user can do.
    public let advice: String

    /// One line with the file, the problem and what to do.
    public var description: String { "\(path): \(problem); \(advice)" }

    package init(path: String, code: Code, problem: String, advice: String) {
        self.path = path
        self.code = code
        self.problem = problem
        self.advice = advice
    }

    package init(_ error: FileError) {
        self.init(
            path: error.path, code: .file, problem: "cannot \(error.operation): \(error.reason)", advice: error.advice)
    }

    package init(_ fault: CheckpointFault, path: String) {
        self.init(path: path, code: fault.code, problem: fault.problem, advice: fault.advice)
    }
}

/// The error of the readers of single formats, which do not know the file's name.
package struct CheckpointFault: Error, Hashable {
    package let code: CheckpointError.Code
    package let problem: String
    package let advice: String

    package init(_ code: CheckpointError.Code, _ problem: String, advice: String) {
        self.code = code
        self.problem = problem
        self.advice = advice
    }

    /// A truncated or modified file.
    package static func damaged(_ problem: String) -> CheckpointFault {
        CheckpointFault(.damaged, problem, advice: "the file is damaged: use another copy of it")
    }
}
