public import Torch

/// Parameters that are trained with the same settings.
public struct ParameterGroup {
    /// The tensors that the optimizer changes.
    public var parameters: [Tensor]
    /// The learning rate. A schedule changes it.
    public var learningRate: Double
    /// The weight decay (L2).
    public var weightDecay: Double
    /// The factor of the optimizer's learning rate in this group.
    public let learningRateScale: Double

    /// Creates a group whose learning rate is `learningRate` times `learningRateScale`.
    public init(_ parameters: [Tensor], learningRate: Double, weightDecay: Double = 0, learningRateScale: Double = 1) {
        self.parameters = parameters
        self.learningRate = learningRate * learningRateScale
        self.weightDecay = weightDecay
        self.learningRateScale = learningRateScale
    }

    /// Splits this group in two: tensors with at least two dimensions, and the others without weight decay (biases, and
    /// scales and shifts of normalization). An empty part is omitted.
    ///
    /// This is the rule of timm's `param_groups_weight_decay`, based on shapes only.
    /// `Module.trainableParametersByDecay` also uses the names.
    public func excludingNormsFromWeightDecay() -> [ParameterGroup] {
        var (decayed, excluded) = (self, self)
        decayed.parameters = parameters.filter { $0.rank > 1 }
        excluded.parameters = parameters.filter { $0.rank <= 1 }
        excluded.weightDecay = 0
        return [decayed, excluded].filter { !$0.parameters.isEmpty }
    }
}

extension ParameterGroup {
    /// The parameters with a gradient, and their gradients.
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
    /// The trainable parameters in two parts: those with weight decay, and those excluded from it, which are tensors of
    /// one dimension (including those of normalization) and all named `bias`.
    ///
    /// This is timm's `param_groups_weight_decay`.
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
