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
        let factor = try (norm / (total + 1e-6)).clamp(nil, 1)
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
