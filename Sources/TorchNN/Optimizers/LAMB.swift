internal import Foundation
public import Torch

/// LAMB: Adam's steps, scaled for each tensor to its norm. It is designed for very large batches.
///
/// Y. You et al.: Large Batch Optimization for Deep Learning, 2019, arXiv:1904.00962; as timm's `Lamb`. The gradients
/// are first clipped together to a norm of 1. A group without weight decay takes plain Adam steps. All parameters of a
/// group count its steps, including those without a gradient.
public final class LAMB: Optimizer {
    /// The parameters, their learning rates and weight decays.
    public var groups: [ParameterGroup]
    /// The decay rates of the moving averages of the gradient and of its square.
    public var betas: (Double, Double)
    /// A value added to the denominator for numerical stability.
    public let epsilon: Double
    /// The maximum norm of all gradients together, or nil for no clipping.
    public let maxGradientNorm: Double?

    private var memory = OptimizerMemory()
    private let mean = OptimizerMemory.Field.like("exp_avg")
    private let squares = OptimizerMemory.Field.like("exp_avg_sq")
    private var fields: [OptimizerMemory.Field] { [.stepOnCPU, mean, squares] }

    /// Creates an optimizer from groups.
    public init(
        _ groups: [ParameterGroup], betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-6,
        maxGradientNorm: Double? = 1
    ) {
        (self.groups, self.betas, self.epsilon, self.maxGradientNorm) = (groups, betas, epsilon, maxGradientNorm)
    }

    /// Creates an optimizer with one group.
    public convenience init(_ parameters: [Tensor], learningRate: Double = 1e-3, weightDecay: Double = 1e-2) {
        self.init([ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)])
    }

    /// Performs one optimization step.
    public func step() throws {
        try withoutGradient {
            let active = groups.map { $0.active() }
            let all = active.flatMap(\.gradients)
            let divisor = try maxGradientNorm.flatMap { limit in
                all.isEmpty ? nil : try (totalNorm(of: all) / limit).clamp(min: 1)
            }
            for (group, active) in zip(groups, active) where !group.parameters.isEmpty {
                for field in fields { _ = try memory.values(of: field, for: group.parameters) }
                let steps = try memory.values(of: .stepOnCPU, for: group.parameters)
                try Operator.foreachAddScalar.run(steps, 1)
                if active.parameters.isEmpty { continue }
                let gradients =
                    try divisor.map { try Operator.foreachDivideByScalarTensor.tensors(active.gradients, $0) }
                    ?? active.gradients
                try step(group, active.parameters, gradients, count: steps[0].item())
            }
        }
    }

    private func step(
        _ group: ParameterGroup, _ parameters: [Tensor], _ gradients: [Tensor], count: Double
    ) throws {
        let means = try memory.values(of: mean, for: parameters)
        let squares = try memory.values(of: squares, for: parameters)
        try Operator.foreachInterpolate.run(means, gradients, 1 - betas.0)
        try Operator.foreachMultiplyScalar.run(squares, betas.1)
        try Operator.foreachAddProduct.run(squares, gradients, gradients, 1 - betas.1)
        // The bias corrections are factored out of the tensors: the update is `scale` times the computed value.
        let root = (1 - pow(betas.1, count)).squareRoot()
        let scale = root / (1 - pow(betas.0, count))
        let divisors = try Operator.foreachSquareRoot.tensors(squares)
        try Operator.foreachAddScalar.run(divisors, epsilon * root)
        let updates = try Operator.foreachDivide.tensors(means, divisors)
        guard group.weightDecay != 0 else {
            try Operator.foreachAddInPlace.run(parameters, updates, -group.learningRate * scale)
            return
        }
        try Operator.foreachAddInPlace.run(updates, parameters, group.weightDecay / scale)
        let weightNorms = try Tensor.stack(Operator.foreachNorm.tensors(parameters, 2.0))
        let updateNorms = try Tensor.stack(Operator.foreachNorm.tensors(updates, 2.0)) * scale
        // A norm of zero carries no information: the step is Adam's.
        let isTold = try (weightNorms .> 0) * (updateNorms .> 0)
        let ratios = try Tensor.where(
            isTold, weightNorms / updateNorms, updateNorms.zerosLike() + 1)
        let lengths = try (ratios * (-group.learningRate * scale)).unbind()
        try Operator.foreachMultiplyInPlace.run(updates, lengths)
        try Operator.foreachAddInPlace.run(parameters, updates, 1)
    }

    /// Sets the first of the `betas`.
    public func setMomentum(_ momentum: Double) { betas.0 = momentum }

    /// The `step`, `exp_avg` and `exp_avg_sq` of each parameter.
    public var state: StateDict { memory.state(of: groups, fields: fields) }

    /// Restores a saved state.
    ///
    /// - Throws: `OptimizerStateError` for a state that does not match.
    public func loadState(_ state: StateDict) throws {
        try memory.load(state, for: groups, fields: fields)
    }
}
