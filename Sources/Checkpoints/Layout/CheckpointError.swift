package import Platform

/// A checkpoint file that cannot be read or written: which one, what is wrong, and what to do.
public struct CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The sort of trouble, for programs that react to it.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name of the code.
        public let rawValue: String

        /// The code of a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The disk refused: no such file, no permission, no space.
        public static let file = Self(rawValue: "file")
        /// The file is not whole, or its parts contradict each other.
        public static let damaged = Self(rawValue: "damaged")
        /// The file is something else than a checkpoint, or a kind that is not read.
        public static let unsupported = Self(rawValue: "unsupported")
        /// The file asks for code to be run, which is never done.
        public static let refused = Self(rawValue: "refused")
        /// The file is sound but does not hold what was asked for.
        public static let notFound = Self(rawValue: "notFound")
        /// What is to be written contradicts itself: a name stands twice.
        public static let invalid = Self(rawValue: "invalid")
        /// LibTorch could not make or copy a tensor, for want of memory as a rule.
        public static let tensor = Self(rawValue: "tensor")
    }

    /// The file, as the caller named it.
    public let path: String
    /// The sort of trouble.
    public let code: Code
    /// What is wrong.
    public let problem: String
    /// What the user can do.
    public let advice: String

    /// One line: the file, what is wrong, what to do.
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

/// What the readers of single formats throw: they know bytes and no file names.
package struct CheckpointFault: Error, Hashable {
    package let code: CheckpointError.Code
    package let problem: String
    package let advice: String

    package init(_ code: CheckpointError.Code, _ problem: String, advice: String) {
        self.code = code
        self.problem = problem
        self.advice = advice
    }

    /// A file that is cut short or altered.
    package static func damaged(_ problem: String) -> CheckpointFault {
        CheckpointFault(.damaged, problem, advice: "the file is damaged: take another copy of it")
    }
}
