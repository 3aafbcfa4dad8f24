public import Torch

extension Operator {
    static let binaryCrossEntropyWithLogits = Operator("aten::binary_cross_entropy_with_logits")
}

/// The cross entropy of independent yes-or-no questions, for pictures that have several labels or none, as
/// `torch.nn.functional.binary_cross_entropy_with_logits`.
///
/// - Parameters:
///   - logits: `[N, classes]`, before the sigmoid; any shape will do.
///   - targets: of the same shape: 1 where the label applies, 0 where not, or a probability. Any element type.
///   - weights: what each element's loss is multiplied by, of a shape that broadcasts: `[classes]`.
///   - positiveWeights: what the loss of a label that applies is multiplied by, `[classes]`: as a rule how many times more
///     often it does not apply.
/// - Returns: a scalar, the mean over all elements by default, or the shape of `logits` without reduction.
/// - Throws: `TorchError` for shapes that do not go together.
public func binaryCrossEntropyWithLogits(
    _ logits: Tensor, _ targets: Tensor, weights: Tensor? = nil, positiveWeights: Tensor? = nil,
    reduction: Reduction = .mean
) throws -> Tensor {
    // The operator itself would broadcast, which nobody means.
    guard logits.shape == targets.shape else {
        throw TorchError(
            code: .invalidArgument,
            message: "targets of shape \(targets.shape) for logits of shape \(logits.shape); they must be equal",
            operatorName: Operator.binaryCrossEntropyWithLogits.name)
    }
    return try Operator.binaryCrossEntropyWithLogits(
        logits, targets.to(logits.dtype), weights, positiveWeights, reduction.rawValue)
}
