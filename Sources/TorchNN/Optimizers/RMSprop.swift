public import Torch

/// RMSprop, as `torch.optim.RMSprop`: the gradient divided by the square root of the moving average of its square.
///
/// T. Tieleman, G. Hinton: Lecture 6.5 of Neural Networks for Machine Learning, 2012; centered as in A. Graves:
/// Generating Sequences With Recurrent Neural Networks, 2013, arXiv:1308.0850. Weight decay is added to the gradient.
public final class RMSprop: Optimizer {
    /// The parameters, their learning rates and weight decays.
    public var groups: [ParameterGroup]
    /// The decay rate of the moving average of the squares.
    public let alpha: Double
    /// A value added to the denominator for numerical stability.
    public let epsilon: Double
    /// The weight of the previous step.
    public var momentum: Double
    /// Whether the gradient is divided by the standard deviation instead.
    public let centered: Bool

    /// Whether the momentum changes during training, and may be 0 for a time.
    private var isMomentumScheduled = false
    private var memory = OptimizerMemory()
    private let squares = OptimizerMemory.Field.like("square_avg")
    private let buffer = OptimizerMemory.Field.like("momentum_buffer")
    private let mean = OptimizerMemory.Field.like("grad_avg")
    private var fields: [OptimizerMemory.Field] {
        [.step, squares] + (momentum > 0 && !isMomentumScheduled ? [buffer] : []) + (centered ? [mean] : [])
    }

    /// Creates an optimizer from groups.
    public init(
        _ groups: [ParameterGroup], alpha: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0,
        centered: Bool = false
    ) {
        (self.groups, self.alpha, self.epsilon) = (groups, alpha, epsilon)
        (self.momentum, self.centered) = (momentum, centered)
    }

    /// Creates an optimizer with one group.
    public convenience init(
        _ parameters: [Tensor], learningRate: Double = 1e-2, momentum: Double = 0, weightDecay: Double = 0,
        centered: Bool = false
    ) {
        self.init(
            [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)], momentum: momentum,
            centered: centered)
    }

    /// Performs one optimization step.
    public func step() throws {
        try withoutGradient {
            for group in groups {
                let active = group.active()
                if active.parameters.isEmpty { continue }
                try step(group, active.parameters, active.gradients)
            }
        }
    }

    private func step(_ group: ParameterGroup, _ parameters: [Tensor], _ gradients: [Tensor]) throws {
        var gradients = gradients
        if group.weightDecay != 0 {
            gradients = try Operator.foreachAdd.tensors(gradients, parameters, group.weightDecay)
        }
        try Operator.foreachAddScalar.run(memory.values(of: .step, for: parameters), 1)
        let squares = try memory.values(of: squares, for: parameters)
        try Operator.foreachMultiplyScalar.run(squares, alpha)
        try Operator.foreachAddProduct.run(squares, gradients, gradients, 1 - alpha)
        let divisors: [Tensor]
        if centered {
            let means = try memory.values(of: mean, for: parameters)
            try Operator.foreachInterpolate.run(means, gradients, 1 - alpha)
            divisors = try Operator.foreachWithProduct.tensors(squares, means, means, -1)
            try Operator.foreachSquareRootInPlace.run(divisors)
        } else {
            divisors = try Operator.foreachSquareRoot.tensors(squares)
        }
        try Operator.foreachAddScalar.run(divisors, epsilon)
        if momentum > 0 {
            let buffers = try memory.values(of: buffer, for: parameters)
            try Operator.foreachMultiplyScalar.run(buffers, momentum)
            try Operator.foreachAddQuotient.run(buffers, gradients, divisors, 1)
            try Operator.foreachAddInPlace.run(parameters, buffers, -group.learningRate)
        } else {
            try Operator.foreachAddQuotient.run(parameters, gradients, divisors, -group.learningRate)
        }
    }

    /// Sets `momentum`.
    public func setMomentum(_ momentum: Double) { (self.momentum, isMomentumScheduled) = (momentum, true) }

    /// The `step` and `square_avg` of each parameter; `momentum_buffer` with momentum; `grad_avg` if centered.
    public var state: StateDict {
        memory.state(of: groups, fields: [.step, squares, buffer, mean])
    }

    /// Restores a saved state.
    ///
    /// - Throws: `OptimizerStateError` for a state that does not match, for example one with momentum if this optimizer
    ///   has none, unless `setMomentum` was called.
    public func loadState(_ state: StateDict) throws {
        try memory.load(state, for: groups, fields: fields, optional: isMomentumScheduled ? [buffer] : [])
    }
}
