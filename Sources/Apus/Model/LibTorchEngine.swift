internal import Checkpoints
public import Inference
public import Torch
public import TorchNN

/// Inference by LibTorch on any device: a module's forward pass without gradients.
@TensorActor
public final class LibTorchEngine: InferenceEngine {
    /// What computes, for people: `LibTorch 2.13.0 on cpu, float32`.
    public let summary: String
    /// How many pictures a batch has at most.
    public let batchSize: Int
    /// On a CPU LibTorch computes in the call itself, with all threads; on CUDA a second batch waits in the queue.
    public let depth: Int

    private let module: any Module
    private let device: Device
    private let castType: DType?
    private let pictureShape: [Int]

    /// Computes with a module that takes 8-bit pixels `[N, height, width, 3]` on the CPU, brings them to the device, and
    /// has its parameters there.
    ///
    /// - Throws: `InferenceError` for int8, which LibTorch's float networks do not have.
    public init(
        _ module: any Module, height: Int, width: Int, device: Device, precision: InferencePrecision = .float32,
        batchSize: Int
    ) throws(InferenceError) {
        switch precision {
        case .float32: castType = nil
        case .bfloat16: castType = .bfloat16
        case .int8:
            throw InferenceError(
                .unsupportedPrecision, "LibTorch does not compute in int8 here; use OpenVINO, or float32.")
        }
        self.module = module
        self.device = device
        self.batchSize = batchSize
        depth = device.kind == .cuda ? 2 : 1
        pictureShape = [height, width, 3]
        summary = "LibTorch \(LibTorch.version) on \(device), \(precision.rawValue)"
    }

    /// Computes a batch.
    ///
    /// - Throws: `TorchError`, or `InferenceError` for pixels that are not `count` pictures.
    public func start(
        _ pixels: UnsafeRawBufferPointer, count: Int, keeping owner: AnyObject
    ) throws -> any PendingInference {
        guard count >= 1, count <= batchSize, pixels.count == count * pictureShape.reduce(1, *) else {
            throw InferenceError(
                .invalidInput,
                "a batch of \(count) pictures in \(pixels.count) bytes does not fit 1 to \(batchSize) pictures of "
                    + "\(pictureShape.map(String.init).joined(separator: " x "))")
        }
        let input = try Tensor(bytes: pixels, shape: [count] + pictureShape, dtype: .uint8)
        let output = try withInferenceMode {
            guard let castType else { return try module(input) }
            return try withAutocast(castType, on: device.kind) { try module(input) }
        }
        return Computed(output)
    }

    /// A batch that has been queued on its device.
    private final class Computed: PendingInference {
        private let output: Tensor

        init(_ output: Tensor) { self.output = output }

        func wait() throws -> [Float] { try output.array(as: Float.self) }
    }
}
