public import Torch

extension Operator {
    static let batchNorm = Operator("aten::batch_norm")
    static let incrementInPlace = Operator("aten::add_.Scalar")
}

/// Batch normalization of `[N, C]` or `[N, C, L]`, as `torch.nn.BatchNorm1d`.
public final class BatchNorm1d: BatchNorm {
    override class var shapes: (ranks: ClosedRange<Int>, text: String) { (2...3, "[N, C] or [N, C, L]") }
}

/// Batch normalization of `[N, C, H, W]`, as `torch.nn.BatchNorm2d`.
public final class BatchNorm2d: BatchNorm {
    override class var shapes: (ranks: ClosedRange<Int>, text: String) { (4...4, "[N, C, H, W]") }
}

/// Batch normalization of `[N, C, …]`: y = (x - mean) / √(variance + epsilon) · weight + bias, channel by channel.
///
/// In training, mean and variance are those of the batch, over all its positions; in evaluation, the running ones.
/// `BatchNorm1d` and `BatchNorm2d` differ only in the shapes that they take. S. Ioffe, C. Szegedy: Batch Normalization,
/// 2015, arXiv:1502.03167.
public class BatchNorm: ModeDependent, VersionedModule {
    /// The scale, `[C]`, 1 at first.
    @Parameter public final var weight: Tensor
    /// The shift, `[C]`, 0 at first.
    @Parameter public final var bias: Tensor
    /// The mean that evaluation uses, `[C]`, 0 at first.
    @Buffer("running_mean") public final var runningMean: Tensor
    /// The variance that evaluation uses, `[C]`, 1 at first.
    @Buffer("running_var") public final var runningVariance: Tensor
    /// The number of batches that the running statistics come from, a scalar of type int64.
    @Buffer("num_batches_tracked") public final var batchesTracked: Tensor

    /// Added to the variance under the root.
    public final let epsilon: Double
    /// The fraction of a new batch in the running statistics.
    public final let momentum: Double
    /// Whether the batch's own statistics are used, and the running ones updated.
    public final var isTraining = true
    /// While the running statistics are estimated anew: the number of batches that they come from so far.
    final var estimatedBatches: Int?

    /// 2: `num_batches_tracked` is there.
    public final var stateVersion: Int { 2 }
    /// The numbers of dimensions that an input may have, and its shapes as text.
    class var shapes: (ranks: ClosedRange<Int>, text: String) { (2...Int.max, "[N, C, …]") }

    /// Makes a layer for this many channels.
    public init(_ channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1) throws {
        (self.epsilon, self.momentum) = (epsilon, momentum)
        weight = try Tensor.ones([channels])
        bias = try Tensor.zeros([channels])
        runningMean = try Tensor.zeros([channels])
        runningVariance = try Tensor.ones([channels])
        batchesTracked = try Tensor.zeros([], dtype: .int64)
    }

    /// `[N, C, …]` to the same shape.
    ///
    /// - Throws: `TorchError` for an input of other dimensions or channels; in training also where a channel has a single
    ///   value, which has no variance (PyTorch's `_verify_batch_size`): a batch of one image that the network has shrunk
    ///   to one position.
    public final func forward(_ input: Tensor) throws -> Tensor {
        try require(
            Self.shapes.ranks.contains(input.rank), for: Operator.batchNorm,
            "an input of shape \(input.shape); \(type(of: self)) takes \(Self.shapes.text)")
        guard !isTraining || input.count > input.shape[1] else {
            throw TorchError(
                code: .invalidArgument,
                message: "more than one value a channel is needed to train with; give larger images, or batches "
                    + "whose last one does not hold a single image",
                operatorName: "aten::batch_norm", arguments: ["\(input.dtype.name)\(input.shape)"])
        }
        var momentum = momentum
        if isTraining, let count = estimatedBatches {
            momentum = 1 / Double(count + 1)
            estimatedBatches = count + 1
        } else if isTraining {
            try Operator.incrementInPlace.run(batchesTracked, 1)
        }
        return try Operator.batchNorm(
            input, weight, bias, runningMean, runningVariance, isTraining, momentum, epsilon, true)
    }
}

extension Module {
    /// Whether a batch normalization here or below uses the statistics of the batch: whether it is in training mode.
    public var normalizesBatches: Bool { batchNormalizations.contains(where: \.isTraining) }

    /// Estimates the running statistics of each batch normalization in training mode anew: the mean over the batches that
    /// `body` passes through this module, as `torch.optim.swa_utils.update_bn` does. No gradients are recorded.
    ///
    /// Running statistics are a moving mean: after few steps they are mostly the values that they began with, and those
    /// of weights that have changed since.
    public func estimateRunningStatistics(_ body: () throws -> Void) throws {
        let layers = batchNormalizations.filter(\.isTraining)
        defer { for layer in layers { layer.estimatedBatches = nil } }
        try withoutGradient {
            for layer in layers {
                try layer.runningMean.fill(0)
                try layer.runningVariance.fill(1)
                layer.estimatedBatches = 0
            }
            try body()
        }
    }

    private var batchNormalizations: [BatchNorm] { namedModules.compactMap { $0.module as? BatchNorm } }
}
