internal import Glibc
internal import Platform

extension EngineCache {
    /// Where an engine came from.
    public enum Origin: Sendable, Hashable {
        /// It was compiled before; neither the model nor its weights were read.
        case cache
        /// It was compiled just now, and is in the cache for the next time.
        case compiled
        /// It was compiled just now and could not be kept, for this reason.
        case compiledOnly(reason: String)
    }

    /// The engine for a network: out of the cache, or compiled from its ONNX model and then kept.
    ///
    /// - Parameters:
    ///   - key: what tells this network from all others: its weights, its classes' number, its preprocessing.
    ///     Precision, batch size, processor and the version of OpenVINO are added to it.
    ///   - precision: the numeric precision.
    ///   - shares: how the machine is divided.
    ///   - onnx: gives the ONNX model, or has it compiled into the cache by another process; not asked where the cache
    ///     has the network.
    /// - Throws: what `OpenVINOEngine.init(onnx:precision:shares:)` throws, and what `onnx` throws.
    @ComputeActor
    public func openVINOEngine(
        for key: String, precision: InferencePrecision, shares: InferenceShares, onnx: () throws -> ONNXSource
    ) throws -> (engine: OpenVINOEngine, origin: Origin) {
        let path = path(for: try OpenVINOEngine.description(of: key, precision, shares))
        func kept() -> OpenVINOEngine? {
            // Whatever is wrong with the file, it is only a copy of what can be made again.
            guard access(path, R_OK) == 0,
                let engine = try? OpenVINOEngine(compiled: path, key: key, precision: precision, shares: shares)
            else { return nil }
            touch(path)
            return engine
        }
        if let engine = kept() { return (engine, .cache) }
        let source = try onnx()
        // Another process may have compiled it meanwhile.
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

    /// Compiles a model by way of a file where the folder takes one: of bytes in memory OpenVINO makes two more copies.
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
