public import Torch

extension Operator {
    static let fusedSGD = Operator("aten::_fused_sgd_")
}

/// Stochastic gradient descent with momentum, as `torch.optim.SGD`.
///
/// The momentum is v ← momentum · v + (1 - dampening) · g, v = g at the first step, and the step is rate · v; with
/// Nesterov's, rate · (g + momentum · v). Weight decay is added to the gradient.
public final class SGD: Optimizer {
    /// The parameters, their learning rates and weight decays.
    public var groups: [ParameterGroup]
    /// The fraction of the last step that is kept.
    public var momentum: Double
    /// What is subtracted from 1 in the factor of the gradient in the momentum.
    public let dampening: Double
    /// Whether the momentum is Nesterov's, whose step looks ahead along it.
    public let nesterov: Bool

    /// Whether the momentum changes in the course of a training, and may be 0 for a time.
    private var isMomentumScheduled = false
    private var memory = OptimizerMemory()
    private let buffer = OptimizerMemory.Field.like("momentum_buffer")

    /// Makes an optimizer of groups.
    public init(_ groups: [ParameterGroup], momentum: Double = 0, dampening: Double = 0, nesterov: Bool = false) {
        (self.groups, self.momentum, self.dampening) = (groups, momentum, dampening)
        self.nesterov = nesterov
    }

    /// Makes an optimizer of one group.
    public convenience init(
        _ parameters: [Tensor], learningRate: Double, momentum: Double = 0, dampening: Double = 0,
        weightDecay: Double = 0, nesterov: Bool = false
    ) {
        self.init(
            [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)], momentum: momentum,
            dampening: dampening, nesterov: nesterov)
    }

    /// Takes one step.
    public func step() throws {
        try withoutGradient {
            for group in groups {
                let (parameters, gradients) = group.active()
                if momentum == 0 {
                    try run(group, parameters, gradients, isFirst: false)
                    continue
                }
                // A parameter's first step starts its momentum, and one may get its first gradient late.
                let isFirst = parameters.map { !memory.knows($0) }
                for first in [true, false] {
                    let indices = isFirst.indices.filter { isFirst[$0] == first }
                    try run(group, indices.map { parameters[$0] }, indices.map { gradients[$0] }, isFirst: first)
                }
            }
        }
    }

    private func run(_ group: ParameterGroup, _ parameters: [Tensor], _ gradients: [Tensor], isFirst: Bool) throws {
        if parameters.isEmpty { return }
        let buffers = momentum == 0 ? [] : try memory.values(of: buffer, for: parameters)
        try Operator.fusedSGD.run(
            parameters, gradients, buffers, group.weightDecay, momentum, group.learningRate, dampening, nesterov,
            false, isFirst)
    }

    /// Sets `momentum`.
    public func setMomentum(_ momentum: Double) { (self.momentum, isMomentumScheduled) = (momentum, true) }

    /// The `momentum_buffer` of each parameter, where there is momentum.
    public var state: StateDict { memory.state(of: groups, fields: [buffer]) }

    /// Continues from a saved state.
    ///
    /// - Throws: `OptimizerStateError` for one that does not fit; without momentum, for any that is not empty, unless
    ///   `setMomentum` was called.
    public func loadState(_ state: StateDict) throws {
        try memory.load(
            state, for: groups, fields: momentum == 0 || isMomentumScheduled ? [] : [buffer],
            optional: isMomentumScheduled ? [buffer] : [])
    }
}
