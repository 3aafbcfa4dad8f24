@_exported public import Platform

/// Computes a network's outputs for batches of pictures.
///
/// A caller keeps up to `depth` batches under way, so that the engine never waits for the next one, and takes the
/// results in whatever order it likes.
@ComputeActor
public protocol InferenceEngine: AnyObject {
    /// What computes, for people: `OpenVINO 2026.4.1, float32, 2 streams`.
    var summary: String { get }

    /// How many pictures a batch has at most.
    var batchSize: Int { get }

    /// How many batches should be under way so that the engine never waits.
    var depth: Int { get }

    /// Starts on a batch of `count` pictures, at least 1 and at most `batchSize`.
    ///
    /// `pixels` are the 8-bit pixels `[count, height, width, 3]`, one picture after the other. They are not copied;
    /// `owner` keeps them alive, and nobody may change them, until the result is taken or given up.
    func start(_ pixels: UnsafeRawBufferPointer, count: Int, keeping owner: AnyObject) throws -> any PendingInference
}

/// A batch under way. Who no longer wants the result lets go of the object.
@ComputeActor
public protocol PendingInference: AnyObject {
    /// Waits; then the outputs of the pictures one after the other, `[count, outputs]` in float32.
    func wait() throws -> [Float]
}

/// Why an engine cannot answer.
public struct InferenceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What a caller may want to do about it.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name of the code.
        public let rawValue: String

        /// The code of a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The engine is not on this machine: use another one.
        public static let unavailable = Self(rawValue: "unavailable")
        /// The processor lacks what the precision asks for: use float32.
        public static let unsupportedPrecision = Self(rawValue: "unsupportedPrecision")
        /// The model is not one that the engine takes.
        public static let invalidModel = Self(rawValue: "invalidModel")
        /// The compiled model is damaged, or was made for another version or machine: compile it anew.
        public static let invalidCompiledModel = Self(rawValue: "invalidCompiledModel")
        /// The pictures do not fit the model.
        public static let invalidInput = Self(rawValue: "invalidInput")
        /// The engine failed in its work.
        public static let failed = Self(rawValue: "failed")
    }

    /// What kind of failure it is.
    public let code: Code
    /// What failed, why, and what to do.
    public let message: String

    /// Makes an error from its parts.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
