public import Torch

extension Operator {
    fileprivate static let fusedAdam = Operator("aten::_fused_adam_")
    fileprivate static let fusedAdamW = Operator("aten::_fused_adamw_")
}

/// Adam, as `torch.optim.Adam`: the moving average of the gradient divided by the square root of that of its square.
///
/// D. P. Kingma, J. Ba: Adam, 2014, arXiv:1412.6980. Weight decay is added to the gradient; `AdamW` applies it to the
/// parameters.
public class Adam: Optimizer {
    /// The parameters, their learning rates and weight decays.
    public final var groups: [ParameterGroup]
    /// The decay rates of the moving averages of the gradient and of its square.
    public final var betas: (Double, Double)
    /// A value added to the denominator for numerical stability.
    public final let epsilon: Double

    private var memory = OptimizerMemory()
    private let mean = OptimizerMemory.Field.like("exp_avg")
    private let squares = OptimizerMemory.Field.like("exp_avg_sq")
    private var fields: [OptimizerMemory.Field] { [.step, mean, squares] }
    /// The implementation of a step.
    fileprivate class var update: Operator { .fusedAdam }

    /// Creates an optimizer from groups.
    public init(_ groups: [ParameterGroup], betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8) {
        (self.groups, self.betas, self.epsilon) = (groups, betas, epsilon)
    }

    /// Creates an optimizer with one group.
    public convenience init(_ parameters: [Tensor], learningRate: Double = 1e-3, weightDecay: Double = 0) {
        self.init([ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)])
    }

    /// Performs one optimization step.
    public final func step() throws {
        try withoutGradient {
            for group in groups {
                let (parameters, gradients) = group.active()
                if parameters.isEmpty { continue }
                let steps = try memory.values(of: .step, for: parameters)
                try Operator.foreachAddScalar.run(steps, 1)
                try Self.update.run(
                    parameters, gradients, memory.values(of: mean, for: parameters),
                    memory.values(of: squares, for: parameters), [Tensor](), steps, group.learningRate, betas.0,
                    betas.1, group.weightDecay, epsilon, false, false)
            }
        }
    }

    /// Sets the first of the `betas`.
    public final func setMomentum(_ momentum: Double) { betas.0 = momentum }

    /// The `step`, `exp_avg` and `exp_avg_sq` of each parameter.
    public final var state: StateDict { memory.state(of: groups, fields: fields) }

    /// Restores a saved state.
    ///
    /// - Throws: `OptimizerStateError` for a state that does not match.
    public final func loadState(_ state: StateDict) throws { try memory.load(state, for: groups, fields: fields) }
}

/// AdamW, as `torch.optim.AdamW`: Adam with decoupled weight decay, which shrinks the parameters by learning rate ·
/// weight decay in each step.
///
/// I. Loshchilov, F. Hutter: Decoupled Weight Decay Regularization, 2017, arXiv:1711.05101.
public final class AdamW: Adam {
    fileprivate override class var update: Operator { .fusedAdamW }

    /// Creates an optimizer from groups.
    public override init(_ groups: [ParameterGroup], betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8) {
        super.init(groups, betas: betas, epsilon: epsilon)
    }

    /// Creates an optimizer with one group.
    public convenience init(_ parameters: [Tensor], learningRate: Double = 1e-3, weightDecay: Double = 1e-2) {
        self.init([ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)])
    }
}
