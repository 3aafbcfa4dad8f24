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
    public var momentum: Double
    /// How much less than whole a gradient enters the momentum.
    public let dampening: Double
    /// Whether the step looks ahead along the momentum.
    public let isNesterov: Bool

    /// Whether the momentum changes in the course of a training, and may be 0 for a time.
    private var isMomentumScheduled = false
    private var memory = OptimizerMemory()
    private let buffer = OptimizerMemory.Field.like("momentum_buffer")

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
            parameters, gradients, buffers, group.weightDecay, momentum, group.learningRate, dampening, isNesterov,
            false, isFirst)
    }

    /// Sets `momentum`.
    public func setMomentum(_ momentum: Double) { (self.momentum, isMomentumScheduled) = (momentum, true) }

    /// The `momentum_buffer` of each parameter, where there is momentum.
    public var state: [(name: String, tensor: Tensor)] { memory.state(of: groups, fields: [buffer]) }

    /// Goes on from a saved state.
    ///
    /// - Throws: `OptimizerStateError` for one that does not fit; without momentum, for any that is not empty, unless
    ///   `setMomentum` was called.
    public func loadState(_ state: [(name: String, tensor: Tensor)]) throws {
        try memory.load(
            state, for: groups, fields: momentum == 0 || isMomentumScheduled ? [] : [buffer],
            optional: isMomentumScheduled ? [buffer] : [])
    }
}
