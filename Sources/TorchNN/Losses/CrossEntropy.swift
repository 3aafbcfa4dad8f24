public import Torch

extension Operator {
    static let crossEntropyLoss = Operator("aten::cross_entropy_loss")
}

/// What becomes of the losses of a batch. The raw values are those of LibTorch's `at::Reduction`.
public enum Reduction: Int, Sendable {
    /// They stay one by one.
    case none = 0
    /// Their mean.
    case mean = 1
    /// Their sum.
    case sum = 2
}

/// The cross entropy between logits and classes, as `torch.nn.functional.cross_entropy`.
///
/// - Parameters:
///   - logits: `[N, classes]`, not normalised.
///   - targets: `[N]` classes as int64, or `[N, classes]` probabilities.
///   - classWeights: `[classes]`; a weighted mean divides by the sum of the weights.
///   - labelSmoothing: the share of each target that is spread over all classes, 0 to 1.
/// - Returns: a scalar, or `[N]` without reduction.
/// - Throws: `TorchError` for shapes or classes that do not fit.
public func crossEntropy(
    _ logits: Tensor, _ targets: Tensor, classWeights: Tensor? = nil, labelSmoothing: Double = 0,
    reduction: Reduction = .mean
) throws -> Tensor {
    try Operator.crossEntropyLoss(logits, targets, classWeights, reduction.rawValue, -100, labelSmoothing)
}
