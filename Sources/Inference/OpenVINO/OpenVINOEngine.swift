public import Torch

/// Inference on the CPU through OpenVINO.
@TensorActor
public final class OpenVINOEngine: InferenceEngine {
    /// What computes, for people: `OpenVINO 2026.4.1, float32, 2 streams`.
    public let summary: String
    /// How many pictures a batch has at most.
    public let batchSize: Int
    /// One batch more than are computed at the same time, so that the next one is there when a stream is free.
    public let depth: Int
    /// How many numbers come out for a picture.
    public let outputCount: Int

    private let model: OpenVINOCompiledModel
    private let byteCount: Int
    private var idle: [OpenVINORequest] = []

    /// Compiles an ONNX model, whose one input is uint8 `[N, height, width, 3]` with a free N and whose one output is
    /// float32 `[N, outputs]`. `onnx` is no longer needed afterwards.
    ///
    /// - Throws: `InferenceError` where OpenVINO is absent, the processor lacks the precision, or the model is not such.
    public convenience init(
        onnx: UnsafeRawBufferPointer, precision: InferencePrecision = .float32, shares: InferenceShares
    ) throws(InferenceError) {
        let core = try OpenVINOCore.current()
        guard try OpenVINO.supports(precision) else {
            throw InferenceError(
                .unsupportedPrecision, "This processor has no instructions for \(precision): use float32.")
        }
        let model = try OpenVINOModel(onnx: onnx, core: core)
        try model.setBatchSize(shares.batchSize)
        let properties = OpenVINOProperties(shares: shares, precision: precision)
        self.init(try model.compile(properties), precision: precision, shares: shares)
    }

    private init(_ model: OpenVINOCompiledModel, precision: InferencePrecision, shares: InferenceShares) {
        self.model = model
        batchSize = Int(model.inputShape[0])
        byteCount = Int(model.inputShape[1...].reduce(1, *))
        outputCount = Int(model.outputShape[1...].reduce(1, *))
        depth = shares.streams + 1
        let streams = shares.streams == 1 ? "1 stream" : "\(shares.streams) streams"
        summary = "OpenVINO \(model.core.version), \(precision), \(streams)"
    }

    /// Starts on a batch. Whole batches are not copied; one that is not full costs the time of a whole one.
    public func start(
        _ pixels: UnsafeRawBufferPointer, count: Int, keeping owner: AnyObject
    ) throws -> any PendingInference {
        guard count >= 1, count <= batchSize, pixels.count == count * byteCount else {
            let sizes = model.inputShape[1...].map(String.init).joined(separator: " x ")
            throw InferenceError(
                .invalidInput,
                "A batch of \(count) pictures in \(pixels.count) bytes: it must have 1 to \(batchSize) of \(sizes) bytes."
            )
        }
        let request = try idle.popLast() ?? OpenVINORequest(model)
        if count == batchSize {
            try request.start(pixels, keeping: owner)
        } else {
            try request.start(partial: pixels)
        }
        return Pending(request, of: self, count: count * outputCount)
    }

    /// A batch under way.
    private final class Pending: PendingInference {
        private let engine: OpenVINOEngine
        private let count: Int
        private var request: OpenVINORequest?
        private var outputs: [Float] = []

        init(_ request: OpenVINORequest, of engine: OpenVINOEngine, count: Int) {
            self.request = request
            self.engine = engine
            self.count = count
        }

        isolated deinit {
            guard let request else { return }
            request.giveUp()
            engine.idle.append(request)
        }

        func wait() throws -> [Float] {
            guard let request else { return outputs }
            self.request = nil
            outputs = try request.wait(count: count)
            engine.idle.append(request)
            return outputs
        }
    }
}
