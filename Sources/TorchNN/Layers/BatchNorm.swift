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
        if isTraining { try Operator.incrementInPlace.run(batchesTracked, 1) }
        return try Operator.batchNorm(
            input, weight, bias, runningMean, runningVariance, isTraining, momentum, epsilon, true)
    }
}
