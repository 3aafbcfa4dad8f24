internal import LibC
internal import Platform

extension EngineCache {
    /// The origin of an engine.
    public enum Origin: Sendable, Hashable {
        /// The cache: neither the model nor its weights were read.
        case cache
        /// The compiler: the engine was compiled now and stored in the cache.
        case compiled
        /// The compiler: the engine was compiled now but could not be stored, for this reason.
        case compiledOnly(reason: String)
    }

    /// Loads the engine for a network from the cache, or compiles its ONNX model and stores it.
    ///
    /// - Parameters:
    ///   - key: A text that identifies the network: its weights, number of classes and preprocessing. Precision, batch
    ///     size, processor and the version of OpenVINO are added to it.
    ///   - precision: The numeric precision.
    ///   - shares: The division of the machine.
    ///   - onnx: Provides the ONNX model, or has another process compile it into the cache. Not called if the cache
    ///     contains the network.
    /// - Throws: Errors of `OpenVINOEngine.init(onnx:precision:shares:)` and of `onnx`.
    @ComputeActor
    public func openVINOEngine(
        for key: String, precision: InferencePrecision, shares: InferenceShares, onnx: () throws -> ONNXSource
    ) throws -> (engine: OpenVINOEngine, origin: Origin) {
        let path = path(for: try OpenVINOEngine.description(of: key, precision, shares))
        func kept() -> OpenVINOEngine? {
            // Any error of the file is ignored: it is only a copy that can be created again.
            guard access(path, R_OK) == 0,
                let engine = try? OpenVINOEngine(compiled: path, key: key, precision: precision, shares: shares)
            else { return nil }
            touch(path)
            return engine
        }
        if let engine = kept() { return (engine, .cache) }
        let source = try onnx()
        // Another process may have compiled it in the meantime.
        if let engine = kept() { return (engine, .cache) }
        let engine =
            switch consume source {
            case .bytes(let onnx): try compile(onnx, precision, shares)
            case let other: try OpenVINOEngine(other, precision: precision, shares: shares, cache: self)
            }
        prepare()
        do {
            try engine.writeCompiled(to: path, key: key)
            trim(keeping: path)
            return (engine, .compiled)
        } catch {
            return (engine, .compiledOnly(reason: "\(error)"))
        }
    }

    /// Compiles a model through a file if the folder is writable. For bytes in memory, OpenVINO creates two more
    /// copies.
    @ComputeActor
    private func compile(
        _ onnx: consuming [UInt8], _ precision: InferencePrecision, _ shares: InferenceShares
    ) throws -> OpenVINOEngine {
        guard let file = writeTemporary(onnx) else {
            return try OpenVINOEngine(onnx: onnx, precision: precision, shares: shares)
        }
        _ = consume onnx
        defer { removeTemporary(file) }
        return try OpenVINOEngine(onnxFile: file, precision: precision, shares: shares)
    }
}

extension OpenVINOEngine {
    /// Compiles an ONNX model from memory, from a file, or from a writer.
    ///
    /// A writer writes a temporary file in the folder of `cache`. If the folder is not writable, it writes to memory,
    /// where OpenVINO creates two more copies of the weights.
    ///
    /// - Throws: `InferenceError`, as the other initializers do, and the errors of the writer.
    public convenience init(
        _ source: consuming ONNXSource, precision: InferencePrecision = .float32, shares: InferenceShares,
        cache: EngineCache = .standard
    ) throws {
        switch consume source {
        case .bytes(let onnx): try self.init(onnx: onnx, precision: precision, shares: shares)
        case .file(let path): try self.init(onnxFile: path, precision: precision, shares: shares)
        case .model(let writer):
            guard let file = try cache.writeTemporary(writer) else {
                try self.init(onnx: writer.bytes(), precision: precision, shares: shares)
                return
            }
            defer { cache.removeTemporary(file) }
            try self.init(onnxFile: file, precision: precision, shares: shares)
        }
    }
}
