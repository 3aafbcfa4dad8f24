public import Torch

extension Operator {
    static let fusedAdam = Operator("aten::_fused_adam_")
    static let fusedAdamW = Operator("aten::_fused_adamw_")
    static let foreachAddScalar = Operator("aten::_foreach_add_.Scalar")
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
    public let betas: (Double, Double)
    /// Added to the root of the squares' mean.
    public let epsilon: Double
    /// Where weight decay acts.
    public let decay: Decay

    private struct Moments {
        let first: Tensor
        let second: Tensor
        let step: Tensor
    }
    private var moments: [ObjectIdentifier: Moments] = [:]

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
                let active = try group.active(&moments) { parameter in
                    let zeros = try parameter.detach().zerosLike()
                    return Moments(
                        first: zeros, second: try zeros.clone(),
                        step: try Tensor.zeros([], device: parameter.device))
                }
                if active.isEmpty { continue }
                let steps = active.map(\.state.step)
                try Operator.foreachAddScalar.run(steps, 1)
                try (decay == .decoupled ? Operator.fusedAdamW : Operator.fusedAdam).run(
                    active.map(\.parameter), active.map(\.gradient), active.map(\.state.first),
                    active.map(\.state.second), [Tensor](), steps, group.learningRate, betas.0, betas.1,
                    group.weightDecay, epsilon, false, false)
            }
        }
    }
}
