public import Torch

/// Computes a network's outputs for batches of pictures.
///
/// A caller keeps up to `depth` batches under way, so that the engine never waits for the next one, and takes the
/// results in whatever order it likes.
@TensorActor
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
@TensorActor
public protocol PendingInference: AnyObject {
    /// Waits; then the outputs of the pictures one after the other, `[count, outputs]` in float32.
    func wait() throws -> [Float]
}
