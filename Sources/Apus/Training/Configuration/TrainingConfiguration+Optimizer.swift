internal import Torch
internal import TorchNN
internal import TorchVision

extension TrainingConfiguration {
    /// The optimiser for what is trained of a network.
    func makeOptimizer(for network: any ImageNetwork) -> any Optimizer {
        let groups = parameterGroups(of: network)
        return switch optimizer {
        case .adam: Adam(groups)
        case .adamw: Adam(groups, decay: .decoupled)
        case .sgd: SGD(groups, momentum: momentum, isNesterov: looksAhead)
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
            ParameterGroup(parameters, learningRate: learningRate, weightDecay: decay, rateFactor: rateFactor)
        }
        let decay = effectiveWeightDecay
        let parts = modules.map(\.trainableParametersByDecay)
        let (decayed, spared) = (parts.flatMap(\.decayed), parts.flatMap(\.spared))
        let made =
            sparesNorms && decay > 0
            ? [group(decayed, decay: decay), group(spared, decay: 0)]
            : [group(modules.flatMap(\.trainableParameters), decay: decay)]
        return made.filter { !$0.parameters.isEmpty }
    }
}
