public import Torch

extension Operator {
    static let scaledDotProductAttention = Operator("aten::scaled_dot_product_attention")
}

/// Self-attention with several heads: each token takes from all what its query finds in their keys, as
/// `torch.nn.MultiheadAttention` with `batch_first` and the same tensor for query, key and value.
///
/// A. Vaswani et al.: Attention Is All You Need, 2017, arXiv:1706.03762.
public final class MultiheadAttention: ModeDependent {
    /// Makes queries, keys and values, `[3 size, size]`.
    @Parameter("in_proj_weight") public var inputWeight: Tensor
    /// `[3 size]`, 0 at first.
    @Parameter("in_proj_bias") public var inputBias: Tensor
    /// Mixes what the heads found.
    @Submodule("out_proj") public var output: Linear

    /// The number of heads, which share the features between them.
    public let heads: Int
    /// The probability that a weight of the attention is dropped in training.
    public let dropout: Double
    /// Whether weights are dropped.
    public var isTraining = true

    /// Makes a layer for tokens of `size` features.
    ///
    /// - Precondition: `size` is a multiple of `heads`.
    public init(_ size: Int, heads: Int, dropout: Double = 0) throws {
        precondition(heads > 0 && size % heads == 0, "\(size) features cannot be shared by \(heads) heads")
        (self.heads, self.dropout) = (heads, dropout)
        // The last layer draws first, as in PyTorch.
        let last = try Linear(size, size)
        if let bias = last.bias { try Initialization.constant(bias, 0) }
        output = last
        let weight = try Tensor.empty([3 * size, size])
        try Initialization.xavierUniform(weight)
        inputWeight = weight
        inputBias = try Tensor.zeros([3 * size])
    }

    /// `[N, tokens, size]` to the same shape.
    public func forward(_ input: Tensor) throws -> Tensor {
        let (batch, tokens, size) = (input.size(0), input.size(1), input.size(2))
        let parts = try Operator.linear(input, inputWeight, inputBias)
            .reshape([batch, tokens, 3, heads, size / heads]).permute([2, 0, 3, 1, 4]).unbind()
        let found = try Operator.scaledDotProductAttention(
            parts[0], parts[1], parts[2], Tensor?.none, isTraining ? dropout : 0.0)
        return try output(found.transpose(1, 2).reshape([batch, tokens, size]))
    }
}
