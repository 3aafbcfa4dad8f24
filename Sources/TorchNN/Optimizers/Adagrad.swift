public import Torch

extension Operator {
    static let fusedAdagrad = Operator("aten::_fused_adagrad_")
}

/// Adagrad, as `torch.optim.Adagrad`: the gradient divided by the square root of the sum of its squares.
///
/// J. Duchi, E. Hazan, Y. Singer: Adaptive Subgradient Methods for Online Learning and Stochastic Optimization, 2011.
/// Weight decay is added to the gradient.
public final class Adagrad: Optimizer {
    /// The parameters, their learning rates and weight decays.
    public var groups: [ParameterGroup]
    /// The factor k in the learning rate of a parameter at step t, starting at 0: learning rate / (1 + k t).
    public let learningRateDecay: Double
    /// The initial value of the sum of squares.
    public let initialAccumulatorValue: Double
    /// A value added to the denominator for numerical stability.
    public let epsilon: Double

    private var memory = OptimizerMemory()
    private let sum: OptimizerMemory.Field
    private var fields: [OptimizerMemory.Field] { [.step, sum] }

    /// Creates an optimizer from groups.
    public init(
        _ groups: [ParameterGroup], learningRateDecay: Double = 0, initialAccumulatorValue: Double = 0,
        epsilon: Double = 1e-10
    ) {
        (self.groups, self.learningRateDecay, self.epsilon) = (groups, learningRateDecay, epsilon)
        self.initialAccumulatorValue = initialAccumulatorValue
        sum = .like("sum", value: initialAccumulatorValue)
    }

    /// Creates an optimizer with one group.
    public convenience init(_ parameters: [Tensor], learningRate: Double = 1e-2, weightDecay: Double = 0) {
        self.init([ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)])
    }

    /// Performs one optimization step.
    public func step() throws {
        try withoutGradient {
            for group in groups {
                let (parameters, gradients) = group.active()
                if parameters.isEmpty { continue }
                let steps = try memory.values(of: .step, for: parameters)
                try Operator.foreachAddScalar.run(steps, 1)
                try Operator.fusedAdagrad.run(
                    parameters, gradients, memory.values(of: sum, for: parameters), steps, group.learningRate,
                    learningRateDecay, group.weightDecay, epsilon, false)
            }
        }
    }

    /// The `step` and `sum` of each parameter.
    public var state: StateDict { memory.state(of: groups, fields: fields) }

    /// Restores a saved state.
    ///
    /// - Throws: `OptimizerStateError` for a state that does not match.
    public func loadState(_ state: StateDict) throws {
        try memory.load(state, for: groups, fields: fields)
    }
}
