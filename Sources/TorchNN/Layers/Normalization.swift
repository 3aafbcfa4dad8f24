public import Torch

extension Operator {
    static let layerNorm = Operator("aten::layer_norm")
    static let groupNorm = Operator("aten::group_norm")
    static let instanceNorm = Operator("aten::instance_norm")
}

/// Normalization over the last dimension, separately for each row, as `torch.nn.LayerNorm`.
///
/// y = (x - mean) / √(variance + epsilon) · weight + bias. J. L. Ba, J. R. Kiros, G. E. Hinton: Layer Normalization,
/// 2016, arXiv:1607.06450.
public final class LayerNorm: Module {
    /// The scale, `[size]`, initially 1.
    @Parameter public var weight: Tensor
    /// The shift, `[size]`, initially 0.
    @Parameter public var bias: Tensor

    /// A value added to the variance for numerical stability.
    public let epsilon: Double

    /// Creates a layer for rows with this number of elements.
    public init(_ size: Int, epsilon: Double = 1e-5) throws {
        self.epsilon = epsilon
        weight = try Tensor.ones([size])
        bias = try Tensor.zeros([size])
    }

    /// Normalizes `[…, size]`; the shape stays the same.
    ///
    /// - Throws: `TorchError` for rows of another size.
    public func forward(_ input: Tensor) throws -> Tensor {
        try Operator.layerNorm(input, weight.shape, weight, bias, epsilon)
    }
}

/// Normalization over groups of channels, separately for each image, as `torch.nn.GroupNorm`.
///
/// y = (x - mean) / √(variance + epsilon) · weight + bias. The result does not depend on the batch size. Y. Wu, K. He:
/// Group Normalization, 2018, arXiv:1803.08494.
public final class GroupNorm: Module {
    /// The scale of each channel, `[C]`, initially 1; nil without scale and shift.
    @Parameter public var weight: Tensor?
    /// The shift of each channel, `[C]`, initially 0; nil without scale and shift.
    @Parameter public var bias: Tensor?

    /// The number of groups of channels.
    public let groups: Int
    /// The number of channels.
    public let channels: Int
    /// A value added to the variance for numerical stability.
    public let epsilon: Double

    /// Creates a layer.
    ///
    /// - Parameters:
    ///   - groups: The number of groups.
    ///   - channels: The number of channels.
    ///   - epsilon: A value added to the variance for numerical stability.
    ///   - affine: Whether channels are scaled and shifted.
    /// - Throws: `TorchError` if the channels cannot be split into the groups.
    public init(_ groups: Int, channels: Int, epsilon: Double = 1e-5, affine: Bool = true) throws {
        try require(
            groups > 0 && channels % groups == 0, "\(channels) channels cannot be split into \(groups) groups")
        (self.groups, self.channels, self.epsilon) = (groups, channels, epsilon)
        weight = affine ? try Tensor.ones([channels]) : nil
        bias = affine ? try Tensor.zeros([channels]) : nil
    }

    /// Normalizes `[N, C, …]`; the shape stays the same.
    ///
    /// - Throws: `TorchError` for an input with other channels.
    public func forward(_ input: Tensor) throws -> Tensor {
        try require(
            input.rank >= 2 && input.shape[1] == channels, for: Operator.groupNorm,
            "an input of shape \(input.shape); the layer expects [N, \(channels), …]")
        return try Operator.groupNorm(input, groups, weight, bias, epsilon, true)
    }
}

/// Instance normalization of `[N, C, L]` or `[C, L]`, as `torch.nn.InstanceNorm1d`.
public final class InstanceNorm1d: InstanceNorm {
    override class var shape: (rank: Int, text: String) { (3, "[N, C, L] or [C, L]") }
}

/// Instance normalization of `[N, C, H, W]` or `[C, H, W]`, as `torch.nn.InstanceNorm2d`.
public final class InstanceNorm2d: InstanceNorm {
    override class var shape: (rank: Int, text: String) { (4, "[N, C, H, W] or [C, H, W]") }
}

/// Normalization of each channel of each image: y = (x - mean) / √(variance + epsilon) · weight + bias.
///
/// D. Ulyanov, A. Vedaldi, V. Lempitsky: Instance Normalization, 2016, arXiv:1607.08022. Use `InstanceNorm1d` or
/// `InstanceNorm2d`, which differ only in the shapes that they accept.
public class InstanceNorm: FreezableModule, VersionedModule {
    /// The scale of each channel, `[C]`, initially 1; nil without scale and shift.
    @Parameter public final var weight: Tensor?
    /// The shift of each channel, `[C]`, initially 0; nil without scale and shift.
    @Parameter public final var bias: Tensor?
    /// The running mean that evaluation uses, `[C]`, initially 0; nil if each image's own mean is used.
    @Buffer("running_mean") public final var runningMean: Tensor?
    /// The running variance that evaluation uses, `[C]`, initially 1; nil if each image's own variance is used.
    @Buffer("running_var") public final var runningVariance: Tensor?
    /// An int64 scalar with value 0. PyTorch stores the number of batches but does not count them here.
    @Buffer("num_batches_tracked") public final var batchesTracked: Tensor?

    /// The number of channels.
    public final let channels: Int
    /// A value added to the variance for numerical stability.
    public final let epsilon: Double
    /// The weight of a new batch in the running statistics.
    public final let momentum: Double
    /// Whether the layer uses the images' statistics and updates the running ones.
    public final var isTraining = true
    /// Whether the layer stays in evaluation mode. It may have no parameters that would show this.
    public final var isFrozen = false

    /// The version 2, which has `num_batches_tracked`.
    public final var stateVersion: Int { 2 }
    /// The number of dimensions of a batch, and the accepted shapes as text.
    class var shape: (rank: Int, text: String) { (4, "[N, C, H, W] or [C, H, W]") }

    /// Creates a layer for this number of channels.
    ///
    /// - Parameters:
    ///   - channels: The number of channels.
    ///   - epsilon: A value added to the variance for numerical stability.
    ///   - momentum: The weight of a batch in the running statistics.
    ///   - affine: Whether channels are scaled and shifted.
    ///   - tracksRunningStatistics: Whether evaluation uses statistics collected in training.
    public init(
        _ channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1, affine: Bool = false,
        tracksRunningStatistics: Bool = false
    ) throws {
        (self.channels, self.epsilon, self.momentum) = (channels, epsilon, momentum)
        weight = affine ? try Tensor.ones([channels]) : nil
        bias = affine ? try Tensor.zeros([channels]) : nil
        runningMean = tracksRunningStatistics ? try Tensor.zeros([channels]) : nil
        runningVariance = tracksRunningStatistics ? try Tensor.ones([channels]) : nil
        batchesTracked = tracksRunningStatistics ? try Tensor.zeros([], dtype: .int64) : nil
    }

    /// Normalizes `[N, C, …]`, or `[C, …]` for one image; the shape stays the same.
    ///
    /// - Throws: `TorchError` for an input with other dimensions or channels, and for a single position, which has no
    ///   variance, unless running statistics are used.
    public final func forward(_ input: Tensor) throws -> Tensor {
        let (rank, text) = Self.shape
        let isBatch = input.rank == rank
        try require(
            (isBatch || input.rank == rank - 1) && input.shape[isBatch ? 1 : 0] == channels,
            for: Operator.instanceNorm,
            "an input of shape \(input.shape); \(type(of: self)) expects \(text), where C is \(channels)")
        let usesOwn = isTraining || runningMean == nil
        try require(
            !usesOwn || input.shape.suffix(rank - 2).reduce(1, *) > 1, for: Operator.instanceNorm,
            "an input of shape \(input.shape); a channel needs more than one value")
        let output = try Operator.instanceNorm(
            isBatch ? input : input.reshape([1] + input.shape), weight, bias, runningMean, runningVariance, usesOwn,
            momentum, epsilon, true)
        return isBatch ? output : try output.reshape(input.shape)
    }
}
