public import Platform

/// Inference on the CPU through OpenVINO.
@ComputeActor
public final class OpenVINOEngine: InferenceEngine {
    /// What computes, for people: `OpenVINO 2026.4.1, float32, 2 streams`.
    public let summary: String
    /// How many pictures a batch has at most.
    public let batchSize: Int
    /// One batch more than are computed at the same time, so that the next one is there when a stream is free.
    public let depth: Int
    /// How many numbers come out for a picture.
    public let outputCount: Int

    private let precision: InferencePrecision
    private let shares: InferenceShares
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
        let model = try OpenVINOModel(onnx: onnx, core: Self.core(for: precision, shares))
        try self.init(model, precision: precision, shares: shares)
    }

    /// Compiles an ONNX model, as the other initialiser does.
    public convenience init(
        onnx: [UInt8], precision: InferencePrecision = .float32, shares: InferenceShares
    ) throws(InferenceError) {
        let model = try OpenVINOModel(onnx: onnx, core: Self.core(for: precision, shares))
        try self.init(model, precision: precision, shares: shares)
    }

    /// Compiles an ONNX model from a file, whose name must end in `.onnx`; this takes less memory than to give its bytes.
    public convenience init(
        onnxFile path: String, precision: InferencePrecision = .float32, shares: InferenceShares
    ) throws(InferenceError) {
        let model = try OpenVINOModel(onnxFile: path, core: Self.core(for: precision, shares))
        try self.init(model, precision: precision, shares: shares)
    }

    /// Compiles an ONNX model from wherever it is.
    public convenience init(
        _ source: ONNXSource, precision: InferencePrecision = .float32, shares: InferenceShares
    ) throws(InferenceError) {
        switch source {
        case .bytes(let onnx): try self.init(onnx: onnx, precision: precision, shares: shares)
        case .file(let path): try self.init(onnxFile: path, precision: precision, shares: shares)
        }
    }

    private convenience init(
        _ model: OpenVINOModel, precision: InferencePrecision, shares: InferenceShares
    ) throws(InferenceError) {
        try model.setBatchSize(shares.batchSize)
        let properties = OpenVINOProperties(shares: shares, precision: precision)
        self.init(try model.compile(properties), precision: precision, shares: shares)
    }

    /// Takes a network that `writeCompiled` wrote: quicker by far than compiling it.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - key: the key that it was written with.
    ///   - precision: the precision that it was written with.
    ///   - shares: the batch size must be the one that it was written with; streams and threads may differ.
    /// - Throws: `FileError` where it cannot be read, and `InferenceError` where OpenVINO is absent, or the file is
    ///   damaged or was written by another version of OpenVINO, on another processor, or for something else.
    public convenience init(
        compiled path: String, key: String, precision: InferencePrecision = .float32, shares: InferenceShares
    ) throws {
        let core = try Self.core(for: precision, shares)
        let file = try CompiledModelFile(path: path, description: Self.description(of: key, precision, shares))
        let properties = OpenVINOProperties(shares: shares, precision: precision)
        let model = try OpenVINOCompiledModel(file, core: core, properties: properties)
        guard model.inputShape[0] == shares.batchSize else {
            throw InferenceError(
                .invalidCompiledModel, "\(path) holds a model for batches of \(model.inputShape[0]) pictures.")
        }
        self.init(model, precision: precision, shares: shares)
    }

    /// Writes the compiled network to a file, for `init(compiled:key:precision:shares:)` on this machine.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - key: a text of the caller's that must be given again, such as a digest of the weights.
    public func writeCompiled(to path: String, key: String) throws {
        try CompiledModelFile.write(to: path, description: Self.description(of: key, precision, shares)) {
            try model.export(to: $0)
        }
    }

    /// What OpenVINO says that it computes with.
    var settings: [String: String] {
        get throws(InferenceError) {
            var settings: [String: String] = [:]
            for (name, _) in OpenVINOProperties(shares: shares, precision: precision).values {
                settings[name] = try model.property(name)
            }
            return settings
        }
    }

    /// What a compiled network is for: those with the same description can stand in for each other.
    static func description(
        of key: String, _ precision: InferencePrecision, _ shares: InferenceShares
    ) throws(InferenceError) -> String {
        let core = try OpenVINOCore.current()
        return try [
            "OpenVINO \(core.build)", core.machine, precision.rawValue, "batches of \(shares.batchSize)", key,
        ].joined(separator: "\n")
    }

    private init(_ model: OpenVINOCompiledModel, precision: InferencePrecision, shares: InferenceShares) {
        self.model = model
        self.precision = precision
        self.shares = shares
        batchSize = Int(model.inputShape[0])
        byteCount = Int(model.inputShape[1...].reduce(1, *))
        outputCount = Int(model.outputShape[1...].reduce(1, *))
        // OpenVINO has no more streams than there are cores.
        let streams = (try? model.property("NUM_STREAMS")).flatMap { Int($0) } ?? shares.streams
        depth = streams + 1
        summary = "OpenVINO \(model.core.version), \(precision), \(streams) \(streams == 1 ? "stream" : "streams")"
    }

    private static func core(
        for precision: InferencePrecision, _ shares: InferenceShares
    ) throws(InferenceError) -> OpenVINOCore {
        guard shares.batchSize >= 1, shares.streams >= 1, shares.threads >= 1 else {
            throw InferenceError(
                .invalidInput,
                "Batches of \(shares.batchSize), \(shares.streams) streams and \(shares.threads) threads: each must be "
                    + "1 or more.")
        }
        guard try OpenVINO.supports(precision) else {
            throw InferenceError(
                .unsupportedPrecision, "This processor has no instructions for \(precision): use float32.")
        }
        return try OpenVINOCore.current()
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
