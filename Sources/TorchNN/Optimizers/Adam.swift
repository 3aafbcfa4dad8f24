public import Torch

extension Operator {
    static let fusedAdam = Operator("aten::_fused_adam_")
    static let fusedAdamW = Operator("aten::_fused_adamw_")
}

/// Adam and AdamW, as `torch.optim.Adam` and `torch.optim.AdamW`.
///
/// D. P. Kingma, J. Ba: Adam, 2014, arXiv:1412.6980. I. Loshchilov, F. Hutter: Decoupled Weight Decay Regularization,
/// 2017, arXiv:1711.05101.
public final class Adam: Optimizer {
    /// Where weight decay acts.
    public enum Decay: Sendable {
        /// Added to the gradient: Adam.
        case gradient
        /// On the parameter itself, by rate · decay: AdamW.
        case decoupled
    }

    /// The parameters, their rates and decays.
    public var groups: [ParameterGroup]
    /// How slowly the means of the gradient and of its square move.
    public var betas: (Double, Double)
    /// Added to the root of the squares' mean.
    public let epsilon: Double
    /// Where weight decay acts.
    public let decay: Decay

    private var memory = OptimizerMemory()
    private let mean = OptimizerMemory.Field.like("exp_avg")
    private let squares = OptimizerMemory.Field.like("exp_avg_sq")
    private var fields: [OptimizerMemory.Field] { [.step, mean, squares] }

    /// Makes an optimiser.
    public init(
        _ groups: [ParameterGroup], betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
        decay: Decay = .gradient
    ) {
        (self.groups, self.betas, self.epsilon, self.decay) = (groups, betas, epsilon, decay)
    }

    /// Adam for one group.
    public convenience init(_ parameters: [Tensor], learningRate: Double = 1e-3, weightDecay: Double = 0) {
        self.init([ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)])
    }

    /// AdamW for one group.
    public static func adamW(
        _ parameters: [Tensor], learningRate: Double = 1e-3, weightDecay: Double = 1e-2
    ) -> Adam {
        Adam(
            [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)], decay: .decoupled)
    }

    /// Takes one step.
    public func step() throws {
        try withoutGradient {
            for group in groups {
                let (parameters, gradients) = group.active()
                if parameters.isEmpty { continue }
                let steps = try memory.values(of: .step, for: parameters)
                try Operator.foreachAddScalar.run(steps, 1)
                try (decay == .decoupled ? Operator.fusedAdamW : Operator.fusedAdam).run(
                    parameters, gradients, memory.values(of: mean, for: parameters),
                    memory.values(of: squares, for: parameters), [Tensor](), steps, group.learningRate, betas.0,
                    betas.1, group.weightDecay, epsilon, false, false)
            }
        }
    }

    /// Sets the first of the `betas`.
    public func setMomentum(_ momentum: Double) { betas.0 = momentum }

    /// The `step`, `exp_avg` and `exp_avg_sq` of each parameter.
    public var state: [(name: String, tensor: Tensor)] { memory.state(of: groups, fields: fields) }

    /// Goes on from a saved state.
    ///
    /// - Throws: `OptimizerStateError` for one that does not fit.
    public func loadState(_ state: [(name: String, tensor: Tensor)]) throws {
        try memory.load(state, for: groups, fields: fields)
    }
}
