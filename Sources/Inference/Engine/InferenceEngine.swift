@_exported public import Platform

/// Computes a network's outputs for batches of images.
///
/// A caller keeps up to `depth` batches in flight so that the engine never waits for the next one. Results can be taken
/// in any order.
@ComputeActor
public protocol InferenceEngine: AnyObject {
    /// A description for users: `OpenVINO 2026.4.1, float32, 2 streams`.
    var summary: String { get }

    /// The maximum number of images in a batch.
    var batchSize: Int { get }

    /// The number of batches that should be in flight so that the engine never waits.
    var depth: Int { get }

    /// Starts a batch of `count` images, from 1 to `batchSize`.
    ///
    /// `pixels` are the 8-bit pixels `[count, height, width, 3]` of all images in order. They are not copied. `owner`
    /// keeps them alive. They must not change until the result is taken or discarded.
    func start(_ pixels: UnsafeRawBufferPointer, count: Int, keeping owner: AnyObject) throws -> any PendingInference
}

/// A batch in flight. Release the object to discard the result.
@ComputeActor
public protocol PendingInference: AnyObject {
    /// Waits for the outputs of the images in order, `[count, outputs]` in float32.
    func wait() throws -> [Float]
}

/// An error of an engine.
public struct InferenceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of error.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name of the code.
        public let rawValue: String

        /// Creates a code with a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The engine is not available on this machine: use another one.
        public static let unavailable = Self(rawValue: "unavailable")
        /// The processor does not support the precision: use float32.
        public static let unsupportedPrecision = Self(rawValue: "unsupportedPrecision")
        /// The engine does not support the model.
        public static let invalidModel = Self(rawValue: "invalidModel")
        /// The compiled model is damaged, or belongs to another version or machine: compile it again.
        public static let invalidCompiledModel = Self(rawValue: "invalidCompiledModel")
        /// The images do not match the model.
        public static let invalidInput = Self(rawValue: "invalidInput")
        /// The engine failed during its work.
        public static let failed = Self(rawValue: "failed")
    }

    /// The kind of error.
    public let code: Code
    /// What failed, why, and what to do.
    public let message: String

    /// Creates an error from its parts.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
