/// What computes, and with which numbers.
public struct InferenceOptions: Sendable, Hashable, Codable {
    /// What computes.
    public var engine: EngineChoice
    /// The numbers that it computes with; nil for the model's own: int8 for one that was quantised, else float32,
    /// PyTorch's numbers.
    public var precision: InferencePrecision?
    /// Whether networks compiled for this machine are kept in the user's cache, so that the next start is quicker.
    public var cachesCompiledModels: Bool

    /// By default the best engine for the device, in the model's own precision.
    public init(
        engine: EngineChoice = .auto, precision: InferencePrecision? = nil, cachesCompiledModels: Bool = true
    ) {
        self.engine = engine
        self.precision = precision
        self.cachesCompiledModels = cachesCompiledModels
    }
}

/// The engines that can be asked for.
public enum EngineChoice: String, Sendable, Hashable, Codable, CaseIterable {
    /// OpenVINO on a CPU where it is installed, LibTorch elsewhere.
    case auto
    /// OpenVINO, on the CPU.
    case openvino
    /// LibTorch, on any device.
    case libtorch
}

/// The numbers that an engine computes with. Pixels go in as 8 bits and outputs come out as float32 in any case.
public enum InferencePrecision: String, Sendable, Hashable, Codable, CaseIterable {
    /// PyTorch's own: answers agree with it to rounding.
    case float32
    /// Half the width with float32's range and 8 bits of precision: twice as quick where the processor has
    /// instructions for it.
    case bfloat16
    /// 8-bit integers, for networks that were quantised for them.
    case int8
}
