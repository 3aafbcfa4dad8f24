public import Torch

extension Operator {
    static let batchNorm = Operator("aten::batch_norm")
    static let incrementInPlace = Operator("aten::add_.Scalar")
}

/// Batch normalisation over the channels of `[N, C, H, W]`, as `torch.nn.BatchNorm2d`.
///
/// S. Ioffe, C. Szegedy: Batch Normalization, 2015, arXiv:1502.03167.
public final class BatchNorm2d: ModeDependent {
    /// The scale, `[C]`, 1 at first.
    @Parameter public var weight: Tensor
    /// The shift, `[C]`, 0 at first.
    @Parameter public var bias: Tensor
    /// The mean that evaluation uses, `[C]`, 0 at first.
    @Buffer("running_mean") public var runningMean: Tensor
    /// The variance that evaluation uses, `[C]`, 1 at first.
    @Buffer("running_var") public var runningVariance: Tensor
    /// How many batches the running statistics come from, a scalar of int64.
    @Buffer("num_batches_tracked") public var batchesTracked: Tensor

    /// Added to the variance under the root.
    public let epsilon: Double
    /// The share of a new batch in the running statistics.
    public let momentum: Double
    /// Whether the batch's own statistics are used, and the running ones moved.
    public var isTraining = true
    /// While the running statistics are estimated anew: how many batches they come from so far.
    var estimatedBatches: Int?

    /// Makes a layer for so many channels.
    public init(_ channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1) throws {
        (self.epsilon, self.momentum) = (epsilon, momentum)
        weight = try Tensor.ones([channels])
        bias = try Tensor.zeros([channels])
        runningMean = try Tensor.zeros([channels])
        runningVariance = try Tensor.ones([channels])
        batchesTracked = try Tensor.zeros([], dtype: .int64)
    }

    /// `[N, C, H, W]` to the same shape.
    ///
    /// - Throws: `TorchError` in training where a channel has a single value, which has no variance (PyTorch's
    ///   `_verify_batch_size`): one picture of a size that the network has shrunk to one place.
    public func forward(_ input: Tensor) throws -> Tensor { try normalize(input) }
}

/// Batch normalisation over features `[N, C]`, or over channels of `[N, C, L]`, as `torch.nn.BatchNorm1d`.
///
/// S. Ioffe, C. Szegedy: Batch Normalization, 2015, arXiv:1502.03167.
public final class BatchNorm1d: ModeDependent {
    /// The scale, `[C]`, 1 at first.
    @Parameter public var weight: Tensor
    /// The shift, `[C]`, 0 at first.
    @Parameter public var bias: Tensor
    /// The mean that evaluation uses, `[C]`, 0 at first.
    @Buffer("running_mean") public var runningMean: Tensor
    /// The variance that evaluation uses, `[C]`, 1 at first.
    @Buffer("running_var") public var runningVariance: Tensor
    /// How many batches the running statistics come from, a scalar of int64.
    @Buffer("num_batches_tracked") public var batchesTracked: Tensor

    /// Added to the variance under the root.
    public let epsilon: Double
    /// The share of a new batch in the running statistics.
    public let momentum: Double
    /// Whether the batch's own statistics are used, and the running ones moved.
    public var isTraining = true
    /// While the running statistics are estimated anew: how many batches they come from so far.
    var estimatedBatches: Int?

    /// Makes a layer for so many features.
    public init(_ features: Int, epsilon: Double = 1e-5, momentum: Double = 0.1) throws {
        (self.epsilon, self.momentum) = (epsilon, momentum)
        weight = try Tensor.ones([features])
        bias = try Tensor.zeros([features])
        runningMean = try Tensor.zeros([features])
        runningVariance = try Tensor.ones([features])
        batchesTracked = try Tensor.zeros([], dtype: .int64)
    }

    /// `[N, C]` or `[N, C, L]` to the same shape.
    ///
    /// - Throws: `TorchError` in training where a feature has a single value, which has no variance: a batch of one.
    public func forward(_ input: Tensor) throws -> Tensor { try normalize(input) }
}

/// What the layers of batch normalisation have in common. They are two classes, since reflection finds no inherited
/// members, and PyTorch's names tell them apart.
private protocol BatchNormalization: ModeDependent {
    var weight: Tensor { get }
    var bias: Tensor { get }
    var runningMean: Tensor { get }
    var runningVariance: Tensor { get }
    var batchesTracked: Tensor { get }
    var epsilon: Double { get }
    var momentum: Double { get }
    var estimatedBatches: Int? { get set }
}

extension BatchNorm1d: BatchNormalization {}
extension BatchNorm2d: BatchNormalization {}

extension BatchNormalization {
    func normalize(_ input: Tensor) throws -> Tensor {
        guard !isTraining || input.count > input.size(1) else {
            throw TorchError(
                code: .invalidArgument,
                message: "more than one value a channel is needed to train with; give larger pictures, or batches "
                    + "whose last one does not hold a single picture",
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

    private var batchNormalizations: [any BatchNormalization] {
        namedModules.compactMap { $0.module as? any BatchNormalization }
    }
}
