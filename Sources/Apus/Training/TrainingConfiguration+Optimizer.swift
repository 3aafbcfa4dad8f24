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
        case .sgd: SGD(groups, momentum: momentum)
        }
    }

    /// What is trained, each stage with its rate: the head's is the full one.
    private func parameterGroups(of network: any ImageNetwork) -> [ParameterGroup] {
        func group(_ parameters: [Tensor], rateFactor: Double) -> ParameterGroup {
            ParameterGroup(
                parameters, learningRate: learningRate, weightDecay: weightDecay ?? (optimizer == .adamw ? 0.01 : 0),
                rateFactor: rateFactor)
        }
        guard stageRate != 1 else { return [group(network.trainableParameters, rateFactor: 1)] }
        var factor = 1.0
        return network.stages.reversed().map { stage in
            defer { factor *= stageRate }
            return group(stage.parameters.filter(\.requiresGradient), rateFactor: factor)
        }
    }
}
