internal import Checkpoints
internal import Inference
internal import Platform
internal import Torch
internal import TorchNN
internal import TorchVision

extension TrainingConfiguration.OptimizerSettings {
    /// The number of steps that an epoch of this many batches has.
    package func steps(ofBatches count: Int) -> Int {
        (count + gradientAccumulationSteps - 1) / gradientAccumulationSteps
    }

    /// Returns an optimizer for the trained parameters of a network.
    func makeOptimizer(for network: any ImageNetwork) -> any Optimizer {
        let groups = parameterGroups(of: network)
        return switch kind {
        case .adam: Adam(groups)
        case .adamw: AdamW(groups)
        case .sgd: SGD(groups, momentum: momentum, nesterov: nesterov)
        case .rmsprop: RMSprop(groups, momentum: momentum)
        case .adagrad: Adagrad(groups)
        case .lion: Lion(groups)
        case .lamb: LAMB(groups)
        }
    }

    /// The weight decay of the optimizer: the given one, or its default.
    package var effectiveWeightDecay: Double { weightDecay ?? (kind == .adamw || kind == .lamb ? 0.01 : 0) }

    /// The trained parameters of each stage with their learning rate. The head has the full rate.
    private func parameterGroups(of network: any ImageNetwork) -> [ParameterGroup] {
        guard layerwiseDecay != 1 || backboneLearningRateScale != 1 else {
            return groups(of: [network], rateFactor: 1)
        }
        var factor = 1.0
        return network.stages.reversed().enumerated().flatMap { distance, stage in
            if distance == 1 { factor *= backboneLearningRateScale }
            defer { factor *= layerwiseDecay }
            return groups(of: stage.modules, rateFactor: factor)
        }
    }

    /// The trainable parameters of modules. Those without weight decay are a group of their own.
    private func groups(of modules: [any Module], rateFactor: Double) -> [ParameterGroup] {
        func group(_ parameters: [Tensor], decay: Double) -> ParameterGroup {
            ParameterGroup(parameters, learningRate: learningRate, weightDecay: decay, learningRateScale: rateFactor)
        }
        let decay = effectiveWeightDecay
        let parts = modules.map(\.trainableParametersByDecay)
        let (decayed, excluded) = (parts.flatMap(\.decayed), parts.flatMap(\.excluded))
        let made =
            excludesNormsFromWeightDecay && decay > 0
            ? [group(decayed, decay: decay), group(excluded, decay: 0)]
            : [group(modules.flatMap(\.trainableParameters), decay: decay)]
        return made.filter { !$0.parameters.isEmpty }
    }
}

extension TrainingConfiguration {
    /// How the training loss differs from the validation loss, in one sentence; nil if both are the same function.
    var lossNote: String? {
        let ways = [
            data.classBalancing == .weightedLoss ? "weights the classes" : nil,
            data.classBalancing == .weightedSampling ? "is computed on images that are sampled by class" : nil,
            loss.labelSmoothing > 0 ? "smooths the labels by \(loss.labelSmoothing.short)" : nil,
            data.trainingTransforms?.batch.isEmpty ?? true ? nil : "is computed on mixed images",
        ].compactMap(\.self)
        guard !ways.isEmpty else { return nil }
        return
            "The training loss \(ways.joined(separator: ", ")); the validation loss does not, so their values are not "
            + "comparable."
    }
}

/// The numeric precision of layers in training.
public enum TrainingPrecision: String, Sendable, Codable, CaseIterable {
    /// bfloat16 if the machine has instructions for it, otherwise float32.
    case auto
    /// PyTorch's default, with the same results as PyTorch.
    case float32
    /// Half of the bits, with the range of float32.
    case bfloat16
    /// Half of the bits, with scaled losses so that small gradients do not vanish. For GPUs before Ampere, which do not
    /// have bfloat16.
    case float16
}

@TensorActor
extension TrainingPrecision {
    /// Returns the precision on a device: any except `auto`.
    func resolved(on device: Device) -> TrainingPrecision {
        guard self == .auto else { return self }
        guard device.kind == .cpu else { return .bfloat16 }
        return (try? OpenVINO.supports(.bfloat16)) == true ? .bfloat16 : .float32
    }

    /// The type of layers that do not compute in float32; nil for float32.
    var reducedType: DType? {
        switch self {
        case .auto, .float32: nil
        case .bfloat16: .bfloat16
        case .float16: .float16
        }
    }

    /// Returns the precision of the engine for the frozen layers.
    func ofInference(on device: Device) -> InferencePrecision {
        resolved(on: device) == .bfloat16 ? .bfloat16 : .float32
    }
}
