public import Torch

/// Parameters that are trained alike.
public struct ParameterGroup {
    /// The tensors that the optimizer changes.
    public var parameters: [Tensor]
    /// The learning rate, which a schedule changes.
    public var learningRate: Double
    /// The weight decay (L2).
    public var weightDecay: Double
    /// What the optimizer's learning rate is multiplied by in this group.
    public let learningRateScale: Double

    /// Makes a group whose learning rate is `learningRate` times `learningRateScale`.
    public init(_ parameters: [Tensor], learningRate: Double, weightDecay: Double = 0, learningRateScale: Double = 1) {
        self.parameters = parameters
        self.learningRate = learningRate * learningRateScale
        self.weightDecay = weightDecay
        self.learningRateScale = learningRateScale
    }

    /// This group in two: tensors of two dimensions and more as they were, and the others without weight decay: biases,
    /// and the scales and shifts of normalization. A part that would be empty is left out.
    ///
    /// The rule of timm's `param_groups_weight_decay`, as far as shapes show it; `Module.trainableParametersByDecay`
    /// knows the names, too.
    public func excludingNormsFromWeightDecay() -> [ParameterGroup] {
        var (decayed, excluded) = (self, self)
        decayed.parameters = parameters.filter { $0.rank > 1 }
        excluded.parameters = parameters.filter { $0.rank <= 1 }
        excluded.weightDecay = 0
        return [decayed, excluded].filter { !$0.parameters.isEmpty }
    }
}

extension ParameterGroup {
    /// The parameters that have a gradient, and their gradients.
    func active() -> (parameters: [Tensor], gradients: [Tensor]) {
        var result: (parameters: [Tensor], gradients: [Tensor]) = ([], [])
        for parameter in parameters {
            guard let gradient = parameter.gradient else { continue }
            result.parameters.append(parameter)
            result.gradients.append(gradient)
        }
        return result
    }
}

extension Module {
    /// The trainable parameters in two: those that weight decay is meant for, and those to be excluded from it, which are
    /// tensors of one dimension (normalization's among them) and all that are named `bias`.
    ///
    /// timm's `param_groups_weight_decay`.
    public var trainableParametersByDecay: (decayed: [Tensor], excluded: [Tensor]) {
        var result: (decayed: [Tensor], excluded: [Tensor]) = ([], [])
        for (name, tensor) in namedParameters where tensor.requiresGradient {
            if tensor.rank <= 1 || name == "bias" || name.hasSuffix(".bias") {
                result.excluded.append(tensor)
            } else {
                result.decayed.append(tensor)
            }
        }
        return result
    }
}
