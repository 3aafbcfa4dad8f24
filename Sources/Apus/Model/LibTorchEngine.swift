internal import Checkpoints
package import Inference
package import Torch
package import TorchNN

/// An engine that runs a module with LibTorch, without gradients, on any device.
@TensorActor
package final class LibTorchEngine: InferenceEngine {
    /// The description of the engine, such as `LibTorch 2.13.0 on cpu, float32`.
    package let summary: String
    /// The largest batch size.
    package let batchSize: Int
    /// The number of batches in flight. On a CPU, LibTorch computes in the call with all threads; on CUDA, a second
    /// batch waits in the queue.
    package let depth: Int

    private let module: any Module
    private let device: Device
    private let castType: DType?
    private let imageShape: [Int]

    /// Creates an engine for a module that takes 8-bit pixels `[N, height, width, 3]` on the CPU, and has its
    /// parameters on the device.
    ///
    /// - Throws: `InferenceError` for int8, which networks of LibTorch do not support; `ApusError` if LibTorch can't be
    ///   loaded.
    package init(
        _ module: any Module, height: Int, width: Int, device: Device, precision: InferencePrecision = .float32,
        batchSize: Int
    ) throws {
        try LibTorch.demand()
        switch precision {
        case .float32: castType = nil
        case .bfloat16: castType = .bfloat16
        case .int8:
            throw InferenceError(
                .unsupportedPrecision, "LibTorch does not support int8; use OpenVINO or float32.")
        }
        self.module = module
        self.device = device
        self.batchSize = batchSize
        depth = device.kind == .cuda ? 2 : 1
        imageShape = [height, width, 3]
        summary = "LibTorch \(LibTorch.version) on \(device), \(precision.rawValue)"
    }

    /// Computes a batch.
    ///
    /// - Throws: `TorchError`, or `InferenceError` for pixels that are not `count` images.
    package func start(
        _ pixels: UnsafeRawBufferPointer, count: Int, keeping owner: AnyObject
    ) throws -> any PendingInference {
        guard count >= 1, count <= batchSize, pixels.count == count * imageShape.reduce(1, *) else {
            throw InferenceError(
                .invalidInput,
                "a batch of \(count) images in \(pixels.count) bytes does not fit 1 to \(batchSize) images of "
                    + "\(imageShape.map(String.init).joined(separator: " x "))")
        }
        let input = try Tensor(bytes: pixels, shape: [count] + imageShape, dtype: .uint8)
        let output = try withInferenceMode {
            guard let castType else { return try module(input) }
            return try withAutocast(castType, on: device.kind) { try module(input) }
        }
        return Computed(output)
    }

    /// A batch in the queue of its device.
    private final class Computed: PendingInference {
        private let output: Tensor

        init(_ output: Tensor) { self.output = output }

        func wait() throws -> [Float] { try output.array(as: Float.self) }
    }
}
