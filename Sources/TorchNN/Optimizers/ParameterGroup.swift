public import Torch

/// Parameters that are trained alike.
public struct ParameterGroup {
    /// The tensors that the optimiser changes.
    public var parameters: [Tensor]
    /// How far a step goes; a schedule changes it.
    public var learningRate: Double
    /// The pull towards zero.
    public var weightDecay: Double
    /// What the optimiser's rate is multiplied by in this group.
    public let rateFactor: Double

    /// Makes a group whose rate is `learningRate` times `rateFactor`.
    public init(_ parameters: [Tensor], learningRate: Double, weightDecay: Double = 0, rateFactor: Double = 1) {
        self.parameters = parameters
        self.learningRate = learningRate * rateFactor
        self.weightDecay = weightDecay
        self.rateFactor = rateFactor
    }

    /// This group in two: tensors of two dimensions and more as they were, and without weight decay the others, which
    /// are biases and what normalisation scales and shifts by. A part that would be empty is left out.
    ///
    /// The rule of timm's `param_groups_weight_decay`, as far as shapes tell; `Module.trainableParametersByDecay` knows
    /// the names too.
    public func sparingNormsAndBiases() -> [ParameterGroup] {
        var decayed = self
        var spared = self
        decayed.parameters = parameters.filter { $0.rank > 1 }
        spared.parameters = parameters.filter { $0.rank <= 1 }
        spared.weightDecay = 0
        return [decayed, spared].filter { !$0.parameters.isEmpty }
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
    /// The trainable parameters in two: those that weight decay is meant for, and those to be spared it, which are
    /// tensors of one dimension (normalisation's among them) and all that are named `bias`.
    ///
    /// timm's `param_groups_weight_decay`.
    public var trainableParametersByDecay: (decayed: [Tensor], spared: [Tensor]) {
        var result: (decayed: [Tensor], spared: [Tensor]) = ([], [])
        for (name, tensor) in namedParameters where tensor.requiresGradient {
            if tensor.rank <= 1 || name == "bias" || name.hasSuffix(".bias") {
                result.spared.append(tensor)
            } else {
                result.decayed.append(tensor)
            }
        }
        return result
    }
}
