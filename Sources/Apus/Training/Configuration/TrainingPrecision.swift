internal import Inference
internal import Torch

/// The numbers that layers compute with in training.
public enum TrainingPrecision: String, Sendable, Codable, CaseIterable {
    /// bfloat16 where the machine has instructions for it, float32 elsewhere.
    case auto
    /// PyTorch's default, the same numbers as PyTorch.
    case float32
    /// Half of the bits, all of float32's range.
    case bfloat16
}

@TensorActor
extension TrainingPrecision {
    /// What a device computes with: `float32` or `bfloat16`.
    func resolved(on device: Device) -> TrainingPrecision {
        guard self == .auto else { return self }
        guard device.kind == .cpu else { return .bfloat16 }
        return (try? OpenVINO.supports(.bfloat16)) == true ? .bfloat16 : .float32
    }

    /// What an engine computes the frozen part with.
    func ofInference(on device: Device) -> InferencePrecision {
        resolved(on: device) == .bfloat16 ? .bfloat16 : .float32
    }
}
