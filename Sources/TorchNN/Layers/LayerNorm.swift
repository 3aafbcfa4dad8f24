public import Torch

extension Operator {
    static let layerNorm = Operator("aten::layer_norm")
}

/// Normalisation over the last dimension, each row by itself, as `torch.nn.LayerNorm`.
///
/// J. L. Ba, J. R. Kiros, G. E. Hinton: Layer Normalization, 2016, arXiv:1607.06450.
public final class LayerNorm: Module {
    /// The scale, `[size]`, 1 at first.
    @Parameter public var weight: Tensor
    /// The shift, `[size]`, 0 at first.
    @Parameter public var bias: Tensor

    /// Added to the variance under the root.
    public let epsilon: Double

    /// Makes a layer for rows of so many elements.
    public init(_ size: Int, epsilon: Double = 1e-5) throws {
        self.epsilon = epsilon
        weight = try Tensor.ones([size])
        bias = try Tensor.zeros([size])
    }

    /// `[…, size]` to the same shape.
    public func forward(_ input: Tensor) throws -> Tensor {
        try Operator.layerNorm(input, weight.shape, weight, bias, epsilon)
    }
}
