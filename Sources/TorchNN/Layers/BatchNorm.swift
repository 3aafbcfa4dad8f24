public import Torch

extension Operator {
    static let batchNorm = Operator("aten::batch_norm")
    static let addScaled = Operator("aten::addcmul")
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

/// Batch normalization of `[N, C, …]` per channel: y = (x - mean) / √(variance + epsilon) · weight + bias.
///
/// Training uses the mean and variance of the batch over all positions; evaluation uses the running statistics.
/// `BatchNorm1d` and `BatchNorm2d` differ only in the shapes that they accept. S. Ioffe, C. Szegedy: Batch
/// Normalization, 2015, arXiv:1502.03167.
public class BatchNorm: ModeDependent, VersionedModule {
    /// The scale, `[C]`, initially 1.
    @Parameter public final var weight: Tensor
    /// The shift, `[C]`, initially 0.
    @Parameter public final var bias: Tensor
    /// The running mean that evaluation uses, `[C]`, initially 0.
    @Buffer("running_mean") public final var runningMean: Tensor
    /// The running variance that evaluation uses, `[C]`, initially 1.
    @Buffer("running_var") public final var runningVariance: Tensor
    /// The number of batches in the running statistics, an int64 scalar.
    @Buffer("num_batches_tracked") public final var batchesTracked: Tensor

    /// A value added to the variance for numerical stability.
    public final let epsilon: Double
    /// The weight of a new batch in the running statistics.
    public final let momentum: Double
    /// Whether the layer uses the batch's statistics and updates the running ones.
    public final var isTraining = true
    /// A sum over processes that is recorded for gradients. If it is set, training uses the statistics of the batches of
    /// all processes, like PyTorch's `SyncBatchNorm`.
    package final var statisticsReduction: ((Tensor) throws -> Tensor)?
    /// Whether the values of this process do not count in those statistics.
    final var leavesOutStatistics = false
    /// The number of batches so far while the running statistics are recomputed.
    final var estimatedBatches: Int?

    /// The version 2, which has `num_batches_tracked`.
    public final var stateVersion: Int { 2 }
    /// The allowed numbers of dimensions of an input, and its shapes as text.
    class var shapes: (ranks: ClosedRange<Int>, text: String) { (2...Int.max, "[N, C, …]") }

    /// Creates a layer for this number of channels.
    public init(_ channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1) throws {
        (self.epsilon, self.momentum) = (epsilon, momentum)
        weight = try Tensor.ones([channels])
        bias = try Tensor.zeros([channels])
        runningMean = try Tensor.zeros([channels])
        runningVariance = try Tensor.ones([channels])
        batchesTracked = try Tensor.zeros([], dtype: .int64)
    }

    /// Normalizes `[N, C, …]`; the shape stays the same.
    ///
    /// - Throws: `TorchError` for an input with other dimensions or channels. In training also if a channel has a
    ///   single value, which has no variance (PyTorch's `_verify_batch_size`): for example a batch of one image that
    ///   the network has reduced to one position.
    public final func forward(_ input: Tensor) throws -> Tensor {
        try require(
            Self.shapes.ranks.contains(input.rank), for: Operator.batchNorm,
            "an input of shape \(input.shape); \(type(of: self)) expects \(Self.shapes.text)")
        guard !isTraining || input.count > input.shape[1] || statisticsReduction != nil else {
            throw TorchError(
                code: .invalidArgument,
                message: "training needs more than one value per channel; use larger images, or batches "
                    + "whose last one has more than one image",
                operatorName: "aten::batch_norm", arguments: ["\(input.dtype.name)\(input.shape)"])
        }
        var momentum = momentum
        if isTraining, let count = estimatedBatches {
            momentum = 1 / Double(count + 1)
            estimatedBatches = count + 1
        } else if isTraining {
            try Operator.incrementInPlace.run(batchesTracked, 1)
        }
        if isTraining, let statisticsReduction {
            return try synchronized(input, momentum, statisticsReduction)
        }
        return try Operator.batchNorm(
            input, weight, bias, runningMean, runningVariance, isTraining, momentum, epsilon, true)
    }

    /// Normalizes with the mean and variance over the batches of all processes.
    private func synchronized(
        _ input: Tensor, _ momentum: Double, _ reduction: (Tensor) throws -> Tensor
    ) throws -> Tensor {
        let values = try input.to(.float32)
        let dims = (0..<input.rank).filter { $0 != 1 }
        let channels = input.shape[1]
        let shape = (0..<input.rank).map { $0 == 1 ? channels : 1 }
        let count = channels == 0 || leavesOutStatistics ? 0 : input.count / channels
        // Squares are summed around the process's own mean, and combined in float64, so that no digits are lost. A
        // process may have an empty batch, or one that does not count.
        let localMean = try values.sum(dims: dims) / Double(max(count, 1))
        let deviations = try (values - localMean.view(shape)).square().sum(dims: dims).to(.float64)
        let squares = leavesOutStatistics ? try deviations * 0 : deviations
        let localMean64 = try localMean.to(.float64)
        let counts = try localMean64.detach().fullLike(Double(count))
        let totals = try reduction(
            .stack([counts, localMean64 * counts, squares + localMean64.square() * counts]))
        let found = try totals.select(dim: 0, index: 0)
        let total = try found.clamp(min: 1)
        let mean = try totals.select(dim: 0, index: 1) / total
        let variance = try totals.select(dim: 0, index: 2) / total - mean.square()
        try withoutGradient {
            // The running variance is that of a sample, as PyTorch's.
            let unbiased = try variance * total / (total - 1).clamp(min: 1)
            // Nothing was found if no process has images.
            let portion = try found.clamp(max: 1) * momentum
            try runningMean.copy(from: runningMean + (mean - runningMean) * portion)
            try runningVariance.copy(from: runningVariance + (unbiased - runningVariance) * portion)
        }
        let scale = try weight * (variance + epsilon).rsqrt().to(.float32)
        let shift = try bias - mean.to(.float32) * scale
        return try Operator.addScaled(shift.view(shape), values, scale.view(shape)).to(input.dtype)
    }
}

extension Module {
    /// Whether a batch normalization in this module uses batch statistics, that is, is in training mode.
    public var normalizesBatches: Bool { batchNormalizations.contains(where: \.isTraining) }

    /// Recomputes the running statistics of each batch normalization in training mode as the mean over the batches that
    /// `body` passes through this module, as `torch.optim.swa_utils.update_bn` does. Gradients are not recorded.
    ///
    /// Running statistics are a moving average. After a few steps they mostly consist of their initial values and of
    /// statistics of older weights.
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

    /// Runs the body, whose values do not count in statistics that batch normalization adds up over processes: a stand-in
    /// for a batch without images.
    package func leavingOutStatistics<Result>(_ body: () throws -> Result) rethrows -> Result {
        let layers = batchNormalizations
        for layer in layers { layer.leavesOutStatistics = true }
        defer { for layer in layers { layer.leavesOutStatistics = false } }
        return try body()
    }

    private var batchNormalizations: [BatchNorm] { namedModules.compactMap { $0.module as? BatchNorm } }
}
