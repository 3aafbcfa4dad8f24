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
    /// Half of the bits, with losses scaled so that small gradients are not lost: for GPUs before Ampere, which have no
    /// bfloat16.
    case float16
}

@TensorActor
extension TrainingPrecision {
    /// What a device computes with: any but `auto`.
    func resolved(on device: Device) -> TrainingPrecision {
        guard self == .auto else { return self }
        guard device.kind == .cpu else { return .bfloat16 }
        return (try? OpenVINO.supports(.bfloat16)) == true ? .bfloat16 : .float32
    }

    /// What layers compute with where that is not float32.
    var reducedType: DType? {
        switch self {
        case .auto, .float32: nil
        case .bfloat16: .bfloat16
        case .float16: .float16
        }
    }

    /// What an engine computes the frozen part with.
    func ofInference(on device: Device) -> InferencePrecision {
        resolved(on: device) == .bfloat16 ? .bfloat16 : .float32
    }
}
