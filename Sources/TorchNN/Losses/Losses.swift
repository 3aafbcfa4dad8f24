public import Torch

// All losses have the same form: predictions, targets, options and a reduction, which is the mean by default. They
// return a scalar, or without reduction the loss of each element, row or position.

/// The reduction of the losses of a batch.
public enum Reduction: Sendable, Hashable, CaseIterable {
    /// No reduction.
    case none
    /// The mean of the losses.
    case mean
    /// The sum of the losses.
    case sum
    /// The sum divided by the batch size, the first dimension (PyTorch's `batchmean`).
    case batchMean

    /// Calls a loss with the reduction's number in LibTorch's `at::Reduction`.
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

/// Throws unless predictions and targets have the same shape. The operators would broadcast, which is never intended.
private func requireEqualShapes(_ predictions: Tensor, _ targets: Tensor, for op: Operator) throws(TorchError) {
    try require(
        predictions.shape == targets.shape, for: op,
        "the shapes of targets \(targets.shape) and predictions \(predictions.shape) must be equal")
}

// MARK: Classification

/// The cross entropy between logits and classes, as `torch.nn.functional.cross_entropy`.
///
/// - Parameters:
///   - logits: `[N, classes]`, not normalized; `[N, classes, H, W]` for a class at each position.
///   - targets: Classes as int64, `[N]` or `[N, H, W]`, or probabilities with the shape of `logits`.
///   - classWeights: `[classes]`; a weighted mean divides by the sum of the weights.
///   - ignoreIndex: A class whose targets are ignored.
///   - labelSmoothing: The fraction of each target that is spread over all classes, from 0 to 1.
///   - reduction: The reduction of the losses.
/// - Returns: A scalar, or `[N]` without reduction.
/// - Throws: `TorchError` for shapes or classes that do not match.
public func crossEntropy(
    _ logits: Tensor, _ targets: Tensor, classWeights: Tensor? = nil, ignoreIndex: Int = -100,
    labelSmoothing: Double = 0, reduction: Reduction = .mean
) throws -> Tensor {
    try reduction.apply(batch: logits) {
        try Operator.crossEntropyLoss(logits, targets, classWeights, $0, ignoreIndex, labelSmoothing)
    }
}

/// The negative log-likelihood of classes, as `torch.nn.functional.nll_loss`. After `logSoftmax` it is the cross
/// entropy.
///
/// - Parameters:
///   - logProbabilities: `[N, classes]`; `[N, classes, H, W]` for a class at each position.
///   - targets: Classes as int64, `[N]` or `[N, H, W]`.
///   - classWeights: `[classes]`; a weighted mean divides by the sum of the weights.
///   - ignoreIndex: A class whose targets are ignored.
///   - reduction: The reduction of the losses.
/// - Returns: A scalar, or the shape of `targets` without reduction.
/// - Throws: `TorchError` for shapes or classes that do not match.
public func nllLoss(
    _ logProbabilities: Tensor, _ targets: Tensor, classWeights: Tensor? = nil, ignoreIndex: Int = -100,
    reduction: Reduction = .mean
) throws -> Tensor {
    try reduction.apply(batch: logProbabilities) {
        try Operator.nllLoss(logProbabilities, targets, classWeights, $0, ignoreIndex)
    }
}

/// The binary cross entropy with logits for multi-label images, as
/// `torch.nn.functional.binary_cross_entropy_with_logits`.
///
/// - Parameters:
///   - logits: `[N, classes]`, before the sigmoid; any shape is accepted.
///   - targets: A tensor of the same shape: 1 if the label applies, 0 if not, or a probability. Any element type.
///   - weights: The weight of each element's loss, of a shape that broadcasts: `[classes]`.
///   - positiveWeights: The weight of labels that apply, `[classes]`: usually the number of images without the label
///     divided by the number with it.
///   - reduction: The reduction of the losses.
/// - Returns: A scalar, the mean over all elements by default, or the shape of `logits` without reduction.
/// - Throws: `TorchError` for incompatible shapes.
public func binaryCrossEntropyWithLogits(
    _ logits: Tensor, _ targets: Tensor, weights: Tensor? = nil, positiveWeights: Tensor? = nil,
    reduction: Reduction = .mean
) throws -> Tensor {
    try requireEqualShapes(logits, targets, for: Operator.binaryCrossEntropyWithLogits)
    return try reduction.apply(batch: logits) {
        try Operator.binaryCrossEntropyWithLogits(logits, targets.to(logits.dtype), weights, positiveWeights, $0)
    }
}

/// The Kullback-Leibler divergence between predicted and true distributions, as `torch.nn.functional.kl_div`: target
/// (log target - prediction) of each element.
///
/// Use `.batchMean` for the divergence of a batch. The default is the mean over all elements, as in PyTorch, which also
/// divides by the number of classes.
///
/// - Parameters:
///   - logProbabilities: The predictions, `[N, classes]`, as `logSoftmax` returns them.
///   - targets: Probabilities of the same shape.
///   - areLogTargets: Whether `targets` are logarithms.
///   - reduction: The reduction of the losses.
/// - Returns: A scalar, or the shape of `logProbabilities` without reduction.
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

/// The squared differences, (x - y)², as `torch.nn.functional.mse_loss`.
///
/// - Parameters:
///   - predictions: Any shape.
///   - targets: The same shape.
///   - reduction: The reduction of the losses.
/// - Returns: A scalar, the mean over all elements by default, or the shape of `predictions` without reduction.
/// - Throws: `TorchError` for shapes that are not equal.
public func mseLoss(_ predictions: Tensor, _ targets: Tensor, reduction: Reduction = .mean) throws -> Tensor {
    try requireEqualShapes(predictions, targets, for: Operator.mseLoss)
    return try reduction.apply(batch: predictions) {
        try Operator.mseLoss(predictions, targets.to(predictions.dtype), $0)
    }
}

/// The absolute differences, |x - y|, as `torch.nn.functional.l1_loss`.
///
/// - Parameters:
///   - predictions: Any shape.
///   - targets: The same shape.
///   - reduction: The reduction of the losses.
/// - Returns: A scalar, the mean over all elements by default, or the shape of `predictions` without reduction.
/// - Throws: `TorchError` for shapes that are not equal.
public func l1Loss(_ predictions: Tensor, _ targets: Tensor, reduction: Reduction = .mean) throws -> Tensor {
    try requireEqualShapes(predictions, targets, for: Operator.l1Loss)
    return try reduction.apply(batch: predictions) {
        try Operator.l1Loss(predictions, targets.to(predictions.dtype), $0)
    }
}

/// The squared differences where they are small, otherwise the absolute differences, as
/// `torch.nn.functional.smooth_l1_loss`: (x - y)² / (2 beta) where |x - y| < beta, otherwise |x - y| - beta / 2.
///
/// R. Girshick: Fast R-CNN, 2015, arXiv:1504.08083.
///
/// - Parameters:
///   - predictions: Any shape.
///   - targets: The same shape.
///   - beta: The limit of the squared range, at least 0; 0 is the L1 loss.
///   - reduction: The reduction of the losses.
/// - Returns: A scalar, the mean over all elements by default, or the shape of `predictions` without reduction.
/// - Throws: `TorchError` for shapes that are not equal, and for a negative `beta`.
public func smoothL1Loss(
    _ predictions: Tensor, _ targets: Tensor, beta: Double = 1, reduction: Reduction = .mean
) throws -> Tensor {
    if beta == 0 { return try l1Loss(predictions, targets, reduction: reduction) }
    try requireEqualShapes(predictions, targets, for: Operator.smoothL1Loss)
    return try reduction.apply(batch: predictions) {
        try Operator.smoothL1Loss(predictions, targets.to(predictions.dtype), $0, beta)
    }
}
