public import Torch

/// Lion: steps of equal length along the sign of a moving average of gradients. It needs a learning rate three to ten
/// times smaller than AdamW's, and a weight decay larger by the same factor.
///
/// X. Chen et al.: Symbolic Discovery of Optimization Algorithms, 2023, arXiv:2302.06675; defaults as timm's. The
/// parameter shrinks by rate · decay, then moves by rate · sign((1 - β₁) g + β₁ m), then m ← (1 - β₂) g + β₂ m.
public final class Lion: Optimizer {
    /// The parameters, their learning rates and weight decays.
    public var groups: [ParameterGroup]
    /// The weight of the average in a step, and the decay rate of the average.
    public var betas: (Double, Double)

    private var memory = OptimizerMemory()
    private let mean = OptimizerMemory.Field.like("exp_avg")

    /// Creates an optimizer from groups.
    public init(_ groups: [ParameterGroup], betas: (Double, Double) = (0.9, 0.99)) {
        (self.groups, self.betas) = (groups, betas)
    }

    /// Creates an optimizer with one group.
    public convenience init(_ parameters: [Tensor], learningRate: Double = 1e-4, weightDecay: Double = 0) {
        self.init([ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)])
    }

    /// Performs one optimization step.
    public func step() throws {
        try withoutGradient {
            for group in groups {
                let (parameters, gradients) = group.active()
                if parameters.isEmpty { continue }
                let means = try memory.values(of: mean, for: parameters)
                if group.weightDecay != 0 {
                    try Operator.foreachMultiplyScalar.run(parameters, 1 - group.learningRate * group.weightDecay)
                }
                let updates = try Operator.foreachInterpolated.tensors(means, gradients, 1 - betas.0)
                try Operator.foreachSignInPlace.run(updates)
                try Operator.foreachAddInPlace.run(parameters, updates, -group.learningRate)
                try Operator.foreachInterpolate.run(means, gradients, 1 - betas.1)
            }
        }
    }

    /// Sets the first of the `betas`.
    public func setMomentum(_ momentum: Double) { betas.0 = momentum }

    /// The `exp_avg` of each parameter.
    public var state: StateDict { memory.state(of: groups, fields: [mean]) }

    /// Restores a saved state.
    ///
    /// - Throws: `OptimizerStateError` for a state that does not match.
    public func loadState(_ state: StateDict) throws {
        try memory.load(state, for: groups, fields: [mean])
    }
}
