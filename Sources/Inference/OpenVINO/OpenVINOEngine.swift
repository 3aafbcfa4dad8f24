public import Platform

/// Inference on the CPU with OpenVINO.
@ComputeActor
public final class OpenVINOEngine: InferenceEngine {
    /// A description for users: `OpenVINO 2026.4.1, float32, 2 streams`.
    public let summary: String
    /// The maximum number of images in a batch.
    public let batchSize: Int
    /// One batch more than are computed in parallel, so that the next one is ready when a stream is free.
    public let depth: Int
    /// The number of outputs for an image.
    public let outputCount: Int

    private let precision: InferencePrecision
    private let shares: InferenceShares
    private let model: OpenVINOCompiledModel
    private let byteCount: Int
    private var idle: [OpenVINORequest] = []

    /// Compiles an ONNX model with one input, uint8 `[N, height, width, 3]` with a variable N, and one output, float32
    /// `[N, outputs]`. `onnx` is not needed afterwards.
    ///
    /// - Throws: `InferenceError` if OpenVINO is not available, the processor does not support the precision, or the
    ///   model has another form.
    public convenience init(
        onnx: UnsafeRawBufferPointer, precision: InferencePrecision = .float32, shares: InferenceShares
    ) throws(InferenceError) {
        let model = try OpenVINOModel(onnx: onnx, core: Self.core(for: precision, shares))
        try self.init(model, precision: precision, shares: shares)
    }

    /// Compiles an ONNX model, as the other initializer does.
    public convenience init(
        onnx: [UInt8], precision: InferencePrecision = .float32, shares: InferenceShares
    ) throws(InferenceError) {
        let model = try OpenVINOModel(onnx: onnx, core: Self.core(for: precision, shares))
        try self.init(model, precision: precision, shares: shares)
    }

    /// Compiles an ONNX model from a file, whose name must end in `.onnx`. This needs less memory than passing its
    /// bytes.
    public convenience init(
        onnxFile path: String, precision: InferencePrecision = .float32, shares: InferenceShares
    ) throws(InferenceError) {
        let model = try OpenVINOModel(onnxFile: path, core: Self.core(for: precision, shares))
        try self.init(model, precision: precision, shares: shares)
    }

    private convenience init(
        _ model: OpenVINOModel, precision: InferencePrecision, shares: InferenceShares
    ) throws(InferenceError) {
        try model.setBatchSize(shares.batchSize)
        let properties = OpenVINOProperties(shares: shares, precision: precision)
        self.init(try model.compile(properties), precision: precision, shares: shares)
    }

    /// Loads a network written by `writeCompiled`. This is much faster than compiling it.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - key: The key with which it was written.
    ///   - precision: The precision with which it was written.
    ///   - shares: The division of the machine. The batch size must be that of the file; streams and threads may
    ///     differ.
    /// - Throws: `FileError` if it cannot be read; `InferenceError` if OpenVINO is not available, or if the file is
    ///   damaged or was written by another version of OpenVINO, on another processor, or for another purpose.
    public convenience init(
        compiled path: String, key: String, precision: InferencePrecision = .float32, shares: InferenceShares
    ) throws {
        let core = try Self.core(for: precision, shares)
        let file = try CompiledModelFile(path: path, description: Self.description(of: key, precision, shares))
        let properties = OpenVINOProperties(shares: shares, precision: precision)
        let model = try OpenVINOCompiledModel(file, core: core, properties: properties)
        guard model.inputShape[0] == shares.batchSize else {
            throw InferenceError(
                .invalidCompiledModel, "\(path) contains a model for batches of \(model.inputShape[0]) images.")
        }
        self.init(model, precision: precision, shares: shares)
    }

    /// Writes the compiled network to a file, for `init(compiled:key:precision:shares:)` on this machine.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - key: A text that must be passed again when loading, such as a digest of the weights.
    public func writeCompiled(to path: String, key: String) throws {
        try CompiledModelFile.write(to: path, description: Self.description(of: key, precision, shares)) {
            try model.export(to: $0)
        }
    }

    /// The precision that OpenVINO reports.
    var settings: [String: String] {
        get throws(InferenceError) {
            var settings: [String: String] = [:]
            for (name, _) in OpenVINOProperties(shares: shares, precision: precision).values {
                settings[name] = try model.property(name)
            }
            return settings
        }
    }

    /// The purpose of a compiled network. Networks with the same description can replace each other.
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
        // OpenVINO has at most one stream per core.
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
                    + "at least 1.")
        }
        guard try OpenVINO.supports(precision) else {
            throw InferenceError(
                .unsupportedPrecision, "This processor does not support \(precision): use float32.")
        }
        return try OpenVINOCore.current()
    }

    /// Creates a lane for this network. As many lanes as the engine has streams compute in parallel.
    package func makeLane() throws(InferenceError) -> OpenVINOLane {
        OpenVINOLane(try OpenVINORequest(model), batchSize: batchSize, byteCount: byteCount, outputCount: outputCount)
    }

    /// Starts a batch. Full batches are not copied. A partial batch costs the time of a full one.
    public func start(
        _ pixels: UnsafeRawBufferPointer, count: Int, keeping owner: AnyObject
    ) throws -> any PendingInference {
        guard count >= 1, count <= batchSize, pixels.count == count * byteCount else {
            let sizes = model.inputShape[1...].map(String.init).joined(separator: " x ")
            throw InferenceError(
                .invalidInput,
                "A batch of \(count) images has \(pixels.count) bytes: it must have 1 to \(batchSize) images of "
                    + "\(sizes) bytes."
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

    /// A batch in flight.
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
