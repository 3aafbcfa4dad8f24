internal import Glibc
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
            case .file(let path): try OpenVINOEngine(onnxFile: path, precision: precision, shares: shares)
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
        guard let file = writeTemporary(onnx, ending: ".onnx") else {
            return try OpenVINOEngine(onnx: onnx, precision: precision, shares: shares)
        }
        _ = consume onnx
        defer { unlink(file) }
        return try OpenVINOEngine(onnxFile: file, precision: precision, shares: shares)
    }
}
