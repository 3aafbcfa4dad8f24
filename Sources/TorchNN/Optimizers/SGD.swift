public import Torch

extension Operator {
    static let fusedSGD = Operator("aten::_fused_sgd_")
}

/// Stochastic gradient descent with momentum, as `torch.optim.SGD`.
///
/// The momentum is v ← momentum · v + (1 - dampening) · g, with v = g in the first step. The step is rate · v, or with
/// Nesterov momentum rate · (g + momentum · v). Weight decay is added to the gradient.
public final class SGD: Optimizer {
    /// The parameters, their learning rates and weight decays.
    public var groups: [ParameterGroup]
    /// The weight of the previous step.
    public var momentum: Double
    /// The dampening of the gradient in the momentum, which gets the factor 1 - dampening.
    public let dampening: Double
    /// Whether the momentum is Nesterov momentum.
    public let nesterov: Bool

    /// Whether the momentum changes during training, and may be 0 for a time.
    private var isMomentumScheduled = false
    private var memory = OptimizerMemory()
    private let buffer = OptimizerMemory.Field.like("momentum_buffer")

    /// Creates an optimizer from groups.
    public init(_ groups: [ParameterGroup], momentum: Double = 0, dampening: Double = 0, nesterov: Bool = false) {
        (self.groups, self.momentum, self.dampening) = (groups, momentum, dampening)
        self.nesterov = nesterov
    }

    /// Creates an optimizer with one group.
    public convenience init(
        _ parameters: [Tensor], learningRate: Double, momentum: Double = 0, dampening: Double = 0,
        weightDecay: Double = 0, nesterov: Bool = false
    ) {
        self.init(
            [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)], momentum: momentum,
            dampening: dampening, nesterov: nesterov)
    }

    /// Performs one optimization step.
    public func step() throws {
        try withoutGradient {
            for group in groups {
                let (parameters, gradients) = group.active()
                if momentum == 0 {
                    try run(group, parameters, gradients, isFirst: false)
                    continue
                }
                // A parameter's first step starts its momentum, and a parameter may get its first gradient late.
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

    /// The `momentum_buffer` of each parameter, if there is momentum.
    public var state: StateDict { memory.state(of: groups, fields: [buffer]) }

    /// Restores a saved state.
    ///
    /// - Throws: `OptimizerStateError` for a state that does not match. Without momentum, any non-empty state does not
    ///   match, unless `setMomentum` was called.
    public func loadState(_ state: StateDict) throws {
        try memory.load(
            state, for: groups, fields: momentum == 0 || isMomentumScheduled ? [] : [buffer],
            optional: isMomentumScheduled ? [buffer] : [])
    }
}
