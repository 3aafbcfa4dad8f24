public import Torch

extension Operator {
    static let fusedSGD = Operator("aten::_fused_sgd_")
}

/// Stochastic gradient descent with momentum, as `torch.optim.SGD`.
///
/// The momentum is v ← momentum · v + (1 - dampening) · g, v = g at the first step, and the step is rate · v; with
/// Nesterov's, rate · (g + momentum · v). Weight decay is added to the gradient.
public final class SGD: Optimizer {
    /// The parameters, their rates and decays.
    public var groups: [ParameterGroup]
    /// The share of the last step that is kept.
    public let momentum: Double
    /// How much less than whole a gradient enters the momentum.
    public let dampening: Double
    /// Whether the step looks ahead along the momentum.
    public let isNesterov: Bool
    private var momenta: [ObjectIdentifier: Tensor] = [:]

    /// Makes an optimiser.
    public init(_ groups: [ParameterGroup], momentum: Double = 0, dampening: Double = 0, isNesterov: Bool = false) {
        (self.groups, self.momentum, self.dampening) = (groups, momentum, dampening)
        self.isNesterov = isNesterov
    }

    /// Makes an optimiser of one group.
    public convenience init(
        _ parameters: [Tensor], learningRate: Double, momentum: Double = 0, dampening: Double = 0,
        weightDecay: Double = 0, isNesterov: Bool = false
    ) {
        self.init(
            [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)], momentum: momentum,
            dampening: dampening, isNesterov: isNesterov)
    }

    /// Takes one step.
    public func step() throws {
        try withoutGradient {
            for group in groups {
                // A parameter's first step starts its momentum, and one may get its first gradient late.
                let (first, later) = try split(group)
                for (active, isFirst) in [(first, true), (later, false)] where !active.isEmpty {
                    try Operator.fusedSGD.run(
                        active.map(\.parameter), active.map(\.gradient),
                        momentum == 0 ? [] : active.map(\.state), group.weightDecay, momentum,
                        group.learningRate, dampening, isNesterov, false, isFirst)
                }
            }
        }
    }

    private typealias Active = [(parameter: Tensor, gradient: Tensor, state: Tensor)]

    private func split(_ group: ParameterGroup) throws -> (first: Active, later: Active) {
        let known = Set(momenta.keys)
        let active = try group.active(&momenta) { momentum == 0 ? $0 : try $0.detach().zerosLike() }
        return (
            active.filter { !known.contains(ObjectIdentifier($0.parameter)) },
            active.filter { known.contains(ObjectIdentifier($0.parameter)) }
        )
    }
}
