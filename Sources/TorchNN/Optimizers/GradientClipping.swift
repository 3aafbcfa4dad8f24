public import Torch

/// Scales the gradients of all parameters, taken as one vector, down to a Euclidean norm, in place; shorter ones stay as
/// they are. As `torch.nn.utils.clip_grad_norm_`.
///
/// - Parameters:
///   - parameters: those without a gradient do not count.
///   - norm: the longest that may be.
///   - allowsNonFinite: whether NaN and infinite norms are returned like others, after they have spoilt the gradients as
///     they do in PyTorch. A training with loss scaling wants that: it skips such a step.
/// - Returns: the norm before.
/// - Throws: `NonFiniteGradientError`, with all gradients as they were, where the norm is NaN or infinite.
@discardableResult
public func clipGradients(_ parameters: [Tensor], norm: Double, allowsNonFinite: Bool = false) throws -> Double {
    try withoutGradient {
        let gradients = parameters.compactMap(\.gradient)
        if gradients.isEmpty { return 0 }
        let total = try totalNorm(of: gradients)
        let before: Double = try total.item()
        guard before.isFinite || allowsNonFinite else {
            let faulty = try parameters.indices.filter { index in
                try parameters[index].gradient?.isFinite().all().item(as: Bool.self) == false
            }
            throw NonFiniteGradientError(norm: before, parameters: faulty)
        }
        // In the gradients' own precision, as PyTorch does it.
        let factor = try (norm / (total + 1e-6)).clamp(max: 1)
        try Operator.foreachMultiplyByScalarTensor.run(gradients, factor)
        return before
    }
}

/// Brings each element of the gradients to between -`value` and `value`, in place, as
/// `torch.nn.utils.clip_grad_value_`. NaN stays NaN.
public func clipGradients(_ parameters: [Tensor], value: Double) throws {
    try withoutGradient {
        let gradients = parameters.compactMap(\.gradient)
        if gradients.isEmpty { return }
        try Operator.foreachClampLow.run(gradients, -value)
        try Operator.foreachClampHigh.run(gradients, value)
    }
}

/// Multiplies the gradients of all parameters by a factor, in place. Parameters without a gradient do not count.
public func scaleGradients(_ parameters: [Tensor], by factor: Double) throws {
    try withoutGradient {
        let gradients = parameters.compactMap(\.gradient)
        if !gradients.isEmpty { try Operator.foreachMultiplyScalar.run(gradients, factor) }
    }
}

/// Gradients that are NaN or infinite: a step with them would spoil the network.
public struct NonFiniteGradientError: Error, Sendable, CustomStringConvertible {
    /// The norm of all gradients, which is NaN or infinite.
    public let norm: Double
    /// The places of the parameters whose gradients are at fault, in the list that was given. None where all are finite
    /// and the norm alone is beyond what the type can hold.
    public let parameters: [Int]

    /// One line: the norm and how many parameters.
    public var description: String {
        "the norm of the gradients is \(norm)"
            + (parameters.isEmpty
                ? ": they are too large for their type" : ", that of parameter \(parameters[0]) among them")
            + "; the learning rate is too large as a rule: try a tenth of it"
    }
}

/// The sum of all magnitudes times `strength`, a scalar: the penalty of L1 regularisation, to be added to a loss.
///
/// Recorded for gradients like any other computation; `addL1Gradients` is quicker where the number itself is not wanted.
public func l1Penalty(_ parameters: [Tensor], strength: Double) throws -> Tensor {
    var sum = try Tensor.zeros([], device: parameters.first?.device ?? .cpu)
    for parameter in parameters { sum = try sum + parameter.abs().sum() }
    return try sum * strength
}

/// Adds to the gradients what `l1Penalty` in the loss would have: `strength` times the sign of each element, 0 at 0.
///
/// Between `backward()` and the optimizer's step, and before gradients are clipped. A trainable parameter without a
/// gradient gets one, as it would from the penalty; a frozen one stays without.
public func addL1Gradients(_ parameters: [Tensor], strength: Double) throws {
    let trainable = parameters.filter(\.requiresGradient)
    guard strength != 0, !trainable.isEmpty else { return }
    try withoutGradient {
        let signs = try Operator.foreachSign.tensors(trainable)
        let known = trainable.indices.filter { trainable[$0].gradient != nil }
        for index in trainable.indices where trainable[index].gradient == nil {
            try trainable[index].setGradient(signs[index].detach() * strength)
        }
        if known.isEmpty { return }
        let gradients = known.compactMap { trainable[$0].gradient }
        try Operator.foreachAddInPlace.run(gradients, known.map { signs[$0] }, strength)
    }
}
