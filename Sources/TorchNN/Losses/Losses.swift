public import Torch

// All losses have one form: predictions, targets, options, and a reduction, with the mean as the default. They return a
// scalar, or without reduction what each element, row or position lost.

/// How the losses of a batch become one number.
public enum Reduction: Sendable, Hashable, CaseIterable {
    /// Not at all: they stay one by one.
    case none
    /// Their mean.
    case mean
    /// Their sum.
    case sum
    /// Their sum, divided by the size of the batch, which is the first dimension (PyTorch's `batchmean`).
    case batchMean

    /// Calls a loss with the number that stands for the reduction in LibTorch's `at::Reduction`.
    fileprivate func apply(batch predictions: Tensor, _ loss: (Int) throws -> Tensor) throws -> Tensor {
        switch self {
        case .none: try loss(0)
        case .mean: try loss(1)
        case .sum: try loss(2)
        case .batchMean: try loss(2) / Double(predictions.shape.first ?? 1)
        }
    }
}

extension Operator {
    fileprivate static let crossEntropyLoss = Operator("aten::cross_entropy_loss")
    fileprivate static let nllLoss = Operator("aten::nll_loss_nd")
    fileprivate static let binaryCrossEntropyWithLogits = Operator("aten::binary_cross_entropy_with_logits")
    fileprivate static let klDiv = Operator("aten::kl_div")
    fileprivate static let mseLoss = Operator("aten::mse_loss")
    fileprivate static let l1Loss = Operator("aten::l1_loss")
    fileprivate static let smoothL1Loss = Operator("aten::smooth_l1_loss")
}

/// Throws unless predictions and targets have one shape: the operators themselves would broadcast, which nobody means.
private func requireEqualShapes(_ predictions: Tensor, _ targets: Tensor, for op: Operator) throws(TorchError) {
    try require(
        predictions.shape == targets.shape, for: op,
        "targets of shape \(targets.shape) for predictions of shape \(predictions.shape); they must be equal")
}

// MARK: Classification

/// The cross entropy between logits and classes, as `torch.nn.functional.cross_entropy`.
///
/// - Parameters:
///   - logits: `[N, classes]`, not normalized; `[N, classes, H, W]` for a class at each position.
///   - targets: classes as int64, `[N]` or `[N, H, W]`, or probabilities of the shape of `logits`.
///   - classWeights: `[classes]`; a weighted mean divides by the sum of the weights.
///   - ignoreIndex: a class whose targets do not count.
///   - labelSmoothing: the fraction of each target that is spread over all classes, 0 to 1.
///   - reduction: how the losses become one number.
/// - Returns: a scalar, or `[N]` without reduction.
/// - Throws: `TorchError` for shapes or classes that do not fit.
public func crossEntropy(
    _ logits: Tensor, _ targets: Tensor, classWeights: Tensor? = nil, ignoreIndex: Int = -100,
    labelSmoothing: Double = 0, reduction: Reduction = .mean
) throws -> Tensor {
    try reduction.apply(batch: logits) {
        try Operator.crossEntropyLoss(logits, targets, classWeights, $0, ignoreIndex, labelSmoothing)
    }
}

/// The negative log likelihood of classes, as `torch.nn.functional.nll_loss`: after `logSoftmax` the cross entropy.
///
/// - Parameters:
///   - logProbabilities: `[N, classes]`; `[N, classes, H, W]` for a class at each position.
///   - targets: classes as int64, `[N]` or `[N, H, W]`.
///   - classWeights: `[classes]`; a weighted mean divides by the sum of the weights.
///   - ignoreIndex: a class whose targets do not count.
///   - reduction: how the losses become one number.
/// - Returns: a scalar, or the shape of `targets` without reduction.
/// - Throws: `TorchError` for shapes or classes that do not fit.
public func nllLoss(
    _ logProbabilities: Tensor, _ targets: Tensor, classWeights: Tensor? = nil, ignoreIndex: Int = -100,
    reduction: Reduction = .mean
) throws -> Tensor {
    try reduction.apply(batch: logProbabilities) {
        try Operator.nllLoss(logProbabilities, targets, classWeights, $0, ignoreIndex)
    }
}

/// The cross entropy of independent yes-or-no questions, for images that have several labels or none, as
/// `torch.nn.functional.binary_cross_entropy_with_logits`.
///
/// - Parameters:
///   - logits: `[N, classes]`, before the sigmoid; any shape will do.
///   - targets: of the same shape: 1 where the label applies, 0 where not, or a probability. Any element type.
///   - weights: what each element's loss is multiplied by, of a shape that broadcasts: `[classes]`.
///   - positiveWeights: what the loss of a label that applies is multiplied by, `[classes]`: as a rule how many times more
///     often it does not apply.
///   - reduction: how the losses become one number.
/// - Returns: a scalar, the mean over all elements by default, or the shape of `logits` without reduction.
/// - Throws: `TorchError` for shapes that do not go together.
public func binaryCrossEntropyWithLogits(
    _ logits: Tensor, _ targets: Tensor, weights: Tensor? = nil, positiveWeights: Tensor? = nil,
    reduction: Reduction = .mean
) throws -> Tensor {
    try requireEqualShapes(logits, targets, for: Operator.binaryCrossEntropyWithLogits)
    return try reduction.apply(batch: logits) {
        try Operator.binaryCrossEntropyWithLogits(logits, targets.to(logits.dtype), weights, positiveWeights, $0)
    }
}

/// The Kullback-Leibler divergence of predicted from true distributions, as `torch.nn.functional.kl_div`:
/// target (log target - prediction) of each element.
///
/// The divergence of a batch is `.batchMean`: the default, PyTorch's, is the mean over all elements, which also divides by
/// the number of classes.
///
/// - Parameters:
///   - logProbabilities: predicted, `[N, classes]`, as `logSoftmax` returns them.
///   - targets: probabilities of the same shape.
///   - areLogTargets: whether `targets` are logarithms, too.
///   - reduction: how the losses become one number.
/// - Returns: a scalar, or the shape of `logProbabilities` without reduction.
/// - Throws: `TorchError` for shapes that are not equal.
public func klDivLoss(
    _ logProbabilities: Tensor, _ targets: Tensor, areLogTargets: Bool = false, reduction: Reduction = .mean
) throws -> Tensor {
    try requireEqualShapes(logProbabilities, targets, for: Operator.klDiv)
    return try reduction.apply(batch: logProbabilities) {
        try Operator.klDiv(logProbabilities, targets.to(logProbabilities.dtype), $0, areLogTargets)
    }
}

// MARK: Regression

/// The squared differences, as `torch.nn.functional.mse_loss`: (x - y)².
///
/// - Parameters:
///   - predictions: any shape.
///   - targets: the same shape.
///   - reduction: how the losses become one number.
/// - Returns: a scalar, the mean over all elements by default, or the shape of `predictions` without reduction.
/// - Throws: `TorchError` for shapes that are not equal.
public func mseLoss(_ predictions: Tensor, _ targets: Tensor, reduction: Reduction = .mean) throws -> Tensor {
    try requireEqualShapes(predictions, targets, for: Operator.mseLoss)
    return try reduction.apply(batch: predictions) {
        try Operator.mseLoss(predictions, targets.to(predictions.dtype), $0)
    }
}

/// The magnitudes of the differences, as `torch.nn.functional.l1_loss`: |x - y|.
///
/// - Parameters:
///   - predictions: any shape.
///   - targets: the same shape.
///   - reduction: how the losses become one number.
/// - Returns: a scalar, the mean over all elements by default, or the shape of `predictions` without reduction.
/// - Throws: `TorchError` for shapes that are not equal.
public func l1Loss(_ predictions: Tensor, _ targets: Tensor, reduction: Reduction = .mean) throws -> Tensor {
    try requireEqualShapes(predictions, targets, for: Operator.l1Loss)
    return try reduction.apply(batch: predictions) {
        try Operator.l1Loss(predictions, targets.to(predictions.dtype), $0)
    }
}

/// Squared differences where they are small and magnitudes elsewhere, as `torch.nn.functional.smooth_l1_loss`:
/// (x - y)² / (2 beta) where |x - y| < beta, else |x - y| - beta / 2.
///
/// R. Girshick: Fast R-CNN, 2015, arXiv:1504.08083.
///
/// - Parameters:
///   - predictions: any shape.
///   - targets: the same shape.
///   - beta: where the parabola ends, 0 or more; 0 is the L1 loss.
///   - reduction: how the losses become one number.
/// - Returns: a scalar, the mean over all elements by default, or the shape of `predictions` without reduction.
/// - Throws: `TorchError` for shapes that are not equal, and a negative `beta`.
public func smoothL1Loss(
    _ predictions: Tensor, _ targets: Tensor, beta: Double = 1, reduction: Reduction = .mean
) throws -> Tensor {
    if beta == 0 { return try l1Loss(predictions, targets, reduction: reduction) }
    try requireEqualShapes(predictions, targets, for: Operator.smoothL1Loss)
    return try reduction.apply(batch: predictions) {
        try Operator.smoothL1Loss(predictions, targets.to(predictions.dtype), $0, beta)
    }
}
