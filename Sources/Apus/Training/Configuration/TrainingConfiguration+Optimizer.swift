internal import Checkpoints
internal import Inference
internal import Platform
internal import Torch
internal import TorchNN
internal import TorchVision

extension TrainingConfiguration {
    /// The optimiser for what is trained of a network.
    func makeOptimizer(for network: any ImageNetwork) -> any Optimizer {
        let groups = parameterGroups(of: network)
        return switch optimizer {
        case .adam: Adam(groups)
        case .adamw: AdamW(groups)
        case .sgd: SGD(groups, momentum: momentum, nesterov: looksAhead)
        case .rmsprop: RMSprop(groups, momentum: momentum)
        case .adagrad: Adagrad(groups)
        case .lion: Lion(groups)
        case .lamb: LAMB(groups)
        }
    }

    /// The weight decay that the optimizer takes: the one that is given, or its usual one.
    package var effectiveWeightDecay: Double { weightDecay ?? (optimizer == .adamw || optimizer == .lamb ? 0.01 : 0) }

    /// What is trained, each stage with its rate: the head's is the full one.
    private func parameterGroups(of network: any ImageNetwork) -> [ParameterGroup] {
        guard stageRate != 1 || backboneRate != 1 else {
            return groups(of: [network], rateFactor: 1)
        }
        var factor = 1.0
        return network.stages.reversed().enumerated().flatMap { distance, stage in
            if distance == 1 { factor *= backboneRate }
            defer { factor *= stageRate }
            return groups(of: stage.modules, rateFactor: factor)
        }
    }

    /// The trainable parameters of modules, those that the weight decay spares apart from the others.
    private func groups(of modules: [any Module], rateFactor: Double) -> [ParameterGroup] {
        func group(_ parameters: [Tensor], decay: Double) -> ParameterGroup {
            ParameterGroup(parameters, learningRate: learningRate, weightDecay: decay, learningRateScale: rateFactor)
        }
        let decay = effectiveWeightDecay
        let parts = modules.map(\.trainableParametersByDecay)
        let (decayed, spared) = (parts.flatMap(\.decayed), parts.flatMap(\.excluded))
        let made =
            sparesNorms && decay > 0
            ? [group(decayed, decay: decay), group(spared, decay: 0)]
            : [group(modules.flatMap(\.trainableParameters), decay: decay)]
        return made.filter { !$0.parameters.isEmpty }
    }
}

extension TrainingConfiguration {
    /// In which way the training loss is not the validation loss, in one sentence; nil where both are the same function.
    var lossNote: String? {
        let ways = [
            balancesLoss ? "weighs the classes" : nil,
            balancesSampling ? "is taken over images that are drawn by class" : nil,
            labelSmoothing > 0 ? "smooths the labels by \(labelSmoothing.short)" : nil,
            trainingTransforms?.batch.isEmpty ?? true ? nil : "is taken over mixed images",
        ].compactMap(\.self)
        guard !ways.isEmpty else { return nil }
        return
            "The training loss \(ways.joined(separator: ", ")); the validation loss does not, so their values are not "
            + "comparable."
    }
}

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
