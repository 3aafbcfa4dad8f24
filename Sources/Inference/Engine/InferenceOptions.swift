/// The engine and its numeric precision.
public struct InferenceOptions: Sendable, Hashable, Codable {
    /// The engine.
    public var engine: EngineChoice
    /// The numeric precision; nil for the model's own: int8 for a quantized model, otherwise float32, as in PyTorch.
    public var precision: InferencePrecision?
    /// Whether compiled networks for this machine are kept in the user's cache, so that the next start is faster.
    public var cachesCompiledModels: Bool

    /// Creates options; by default the best engine for the device, with the model's own precision.
    public init(
        engine: EngineChoice = .auto, precision: InferencePrecision? = nil, cachesCompiledModels: Bool = true
    ) {
        self.engine = engine
        self.precision = precision
        self.cachesCompiledModels = cachesCompiledModels
    }
}

/// The available engines.
public enum EngineChoice: String, Sendable, Hashable, Codable, CaseIterable {
    /// OpenVINO on a CPU if it is installed, otherwise LibTorch.
    case auto
    /// OpenVINO, on the CPU.
    case openvino
    /// LibTorch, on any device.
    case libtorch
}

/// The numeric precision of an engine. Pixels are always 8-bit and outputs float32.
public enum InferencePrecision: String, Sendable, Hashable, Codable, CaseIterable {
    /// 32 bits, as in PyTorch: results agree with it up to rounding.
    case float32
    /// 16 bits with float32's range and 8 bits of precision: twice as fast if the processor has instructions for it.
    case bfloat16
    /// 8-bit integers, for networks quantized for them.
    case int8
}
