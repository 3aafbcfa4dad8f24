/// What computes, and with which numbers.
public struct InferenceOptions: Sendable, Hashable, Codable {
    /// What computes.
    public var engine: EngineChoice
    /// The numbers that it computes with.
    public var precision: InferencePrecision
    /// Whether networks compiled for this machine are kept in the user's cache, so that the next start is quicker.
    public var cachesCompiledModels: Bool

    /// By default the best engine for the device, in float32: PyTorch's own numbers.
    public init(
        engine: EngineChoice = .auto, precision: InferencePrecision = .float32, cachesCompiledModels: Bool = true
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
