public import Torch

/// RMSprop, as `torch.optim.RMSprop`: the gradient divided by the root of its squares' moving mean.
///
/// T. Tieleman, G. Hinton: Lecture 6.5 of Neural Networks for Machine Learning, 2012; centred as in A. Graves:
/// Generating Sequences With Recurrent Neural Networks, 2013, arXiv:1308.0850. Weight decay is added to the gradient.
public final class RMSprop: Optimizer {
    /// The parameters, their rates and decays.
    public var groups: [ParameterGroup]
    /// How slowly the mean of the squares moves (PyTorch's `alpha`).
    public let smoothing: Double
    /// Added to the root of the squares' mean.
    public let epsilon: Double
    /// The share of the last step that is kept.
    public var momentum: Double
    /// Whether the variance is divided by in place of the mean of the squares.
    public let isCentered: Bool

    /// Whether the momentum changes in the course of a training, and may be 0 for a time.
    private var isMomentumScheduled = false
    private var memory = OptimizerMemory()
    private let squares = OptimizerMemory.Field.like("square_avg")
    private let buffer = OptimizerMemory.Field.like("momentum_buffer")
    private let mean = OptimizerMemory.Field.like("grad_avg")
    private var fields: [OptimizerMemory.Field] {
        [.step, squares] + (momentum > 0 && !isMomentumScheduled ? [buffer] : []) + (isCentered ? [mean] : [])
    }

    /// Makes an optimiser.
    public init(
        _ groups: [ParameterGroup], smoothing: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0,
        isCentered: Bool = false
    ) {
        (self.groups, self.smoothing, self.epsilon) = (groups, smoothing, epsilon)
        (self.momentum, self.isCentered) = (momentum, isCentered)
    }

    /// Makes an optimiser of one group.
    public convenience init(
        _ parameters: [Tensor], learningRate: Double = 1e-2, momentum: Double = 0, weightDecay: Double = 0,
        isCentered: Bool = false
    ) {
        self.init(
            [ParameterGroup(parameters, learningRate: learningRate, weightDecay: weightDecay)], momentum: momentum,
            isCentered: isCentered)
    }

    /// Takes one step.
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
        try Operator.foreachMultiplyScalar.run(squares, smoothing)
        try Operator.foreachAddProduct.run(squares, gradients, gradients, 1 - smoothing)
        let divisors: [Tensor]
        if isCentered {
            let means = try memory.values(of: mean, for: parameters)
            try Operator.foreachInterpolate.run(means, gradients, 1 - smoothing)
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

    /// The `step` and `square_avg` of each parameter, with momentum its `momentum_buffer`, centred its `grad_avg`.
    public var state: [(name: String, tensor: Tensor)] {
        memory.state(of: groups, fields: [.step, squares, buffer, mean])
    }

    /// Goes on from a saved state.
    ///
    /// - Throws: `OptimizerStateError` for one that does not fit, one saved with momentum where there is none here
    ///   among them, unless `setMomentum` was called.
    public func loadState(_ state: [(name: String, tensor: Tensor)]) throws {
        try memory.load(state, for: groups, fields: fields, optional: isMomentumScheduled ? [buffer] : [])
    }
}
