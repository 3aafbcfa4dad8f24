public import Torch

/// Clips the Euclidean norm of all gradients together, in place, as `torch.nn.utils.clip_grad_norm_`. Gradients with a
/// smaller norm stay unchanged.
///
/// - Parameters:
///   - parameters: The parameters; those without a gradient are ignored.
///   - norm: The maximum norm.
///   - allowsNonFinite: Whether NaN and infinite norms are returned instead of thrown. They then affect the gradients
///     as in PyTorch. Training with loss scaling uses this and skips such a step.
/// - Returns: The norm before clipping.
/// - Throws: `NonFiniteGradientError` if the norm is NaN or infinite. The gradients then stay unchanged.
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
        // The computation uses the gradients' own precision, as in PyTorch.
        let factor = try (norm / (total + 1e-6)).clamp(max: 1)
        try Operator.foreachMultiplyByScalarTensor.run(gradients, factor)
        return before
    }
}

/// Clamps each element of the gradients between -`value` and `value`, in place, as `torch.nn.utils.clip_grad_value_`.
/// NaN stays NaN.
public func clipGradients(_ parameters: [Tensor], value: Double) throws {
    try withoutGradient {
        let gradients = parameters.compactMap(\.gradient)
        if gradients.isEmpty { return }
        try Operator.foreachClampLow.run(gradients, -value)
        try Operator.foreachClampHigh.run(gradients, value)
    }
}

/// Multiplies the gradients of all parameters by a factor, in place. Parameters without a gradient are ignored.
package func scaleGradients(_ parameters: [Tensor], by factor: Double) throws {
    try withoutGradient {
        let gradients = parameters.compactMap(\.gradient)
        if !gradients.isEmpty { try Operator.foreachMultiplyScalar.run(gradients, factor) }
    }
}

/// Gradients that are NaN or infinite. A step with them would destroy the network.
public struct NonFiniteGradientError: Error, Sendable, CustomStringConvertible {
    /// The norm of all gradients, which is NaN or infinite.
    public let norm: Double
    /// The indices of the parameters with non-finite gradients, in the given list. Empty if all gradients are finite
    /// and only the norm exceeds the range of the type.
    public let parameters: [Int]

    /// One line with the norm and the number of parameters.
    public var description: String {
        "the norm of the gradients is \(norm)"
            + (parameters.isEmpty
                ? ": they are too large for their type" : ", that of parameter \(parameters[0]) among them")
            + "; the learning rate is usually too high: try a tenth of it"
    }
}

/// The L1 regularization penalty, a scalar to add to a loss: the sum of all absolute values times `strength`.
///
/// It is recorded for gradients like any other computation. `addL1Gradients` is faster if the value itself is not
/// needed.
public func l1Penalty(_ parameters: [Tensor], strength: Double) throws -> Tensor {
    var sum = try Tensor.zeros([], device: parameters.first?.device ?? .cpu)
    for parameter in parameters { sum = try sum + parameter.abs().sum() }
    return try sum * strength
}

/// Adds the gradients of `l1Penalty` to the gradients: `strength` times the sign of each element, 0 at 0.
///
/// Call it between `backward()` and the optimizer's step, before gradients are clipped. A trainable parameter without a
/// gradient gets one, as it would from the penalty; a frozen one does not.
package func addL1Gradients(_ parameters: [Tensor], strength: Double) throws {
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
