public import Torch

extension Operator {
    static let scaledDotProductAttention = Operator("aten::scaled_dot_product_attention")
}

/// Multi-head attention, as `torch.nn.MultiheadAttention` with `batch_first`: each token of a sequence collects values
/// from all tokens of another, weighted by how well its query matches their keys.
///
/// A call with one tensor is self-attention: the same sequence provides queries, keys and values.
///
/// ```swift
/// let attention = try MultiheadAttention(256, heads: 8)
/// let mixed = try attention(tokens)
/// let (output, weights) = try attention.attend(query: words, key: image, value: image)
/// ```
///
/// A. Vaswani et al.: Attention Is All You Need, 2017, arXiv:1706.03762.
public final class MultiheadAttention: ModeDependent {
    /// The projection to queries, keys and values, `[3 size, size]`; nil if keys or values have their own number of
    /// features.
    @Parameter("in_proj_weight") public var inputWeight: Tensor?
    /// The projection to queries, `[size, size]`, if keys or values have their own number of features.
    @Parameter("q_proj_weight") public var queryWeight: Tensor?
    /// The projection to keys, `[size, keySize]`, if keys or values have their own number of features.
    @Parameter("k_proj_weight") public var keyWeight: Tensor?
    /// The projection to values, `[size, valueSize]`, if keys or values have their own number of features.
    @Parameter("v_proj_weight") public var valueWeight: Tensor?
    /// The biases of the projections, `[3 size]`, initially 0; nil without biases.
    @Parameter("in_proj_bias") public var inputBias: Tensor?
    /// The output projection, which combines the heads.
    @Submodule("out_proj") public var output: Linear

    /// The number of features of a query and of an output token.
    public let size: Int
    /// The number of heads. Each head has an equal part of the features.
    public let heads: Int
    /// The dropout probability of attention weights in training.
    public let dropout: Double
    /// Whether attention weights are dropped.
    public var isTraining = true

    /// Creates a layer with PyTorch's default initialization: Xavier for the weights, 0 for the biases.
    ///
    /// - Parameters:
    ///   - size: The number of features of a query and of an output token.
    ///   - heads: The number of heads.
    ///   - dropout: The dropout probability of attention weights in training.
    ///   - bias: Whether the projections have biases.
    ///   - keySize: The number of features of a key; by default `size` (PyTorch's `kdim`).
    ///   - valueSize: The number of features of a value; by default `size` (PyTorch's `vdim`).
    /// - Throws: `TorchError` if `size` is not a multiple of `heads`.
    public init(
        _ size: Int, heads: Int, dropout: Double = 0, bias: Bool = true, keySize: Int? = nil, valueSize: Int? = nil
    ) throws {
        try require(heads > 0 && size % heads == 0, "\(size) features cannot be split into \(heads) heads")
        (self.size, self.heads, self.dropout) = (size, heads, dropout)
        // The last layer is initialized first, as in PyTorch.
        let last = try Linear(size, size, bias: bias)
        if let bias = last.bias { try Initialization.constant(bias, 0) }
        output = last
        func weight(_ outputs: Int, _ inputs: Int) throws -> Tensor {
            let weight = try Tensor.empty([outputs, inputs])
            try Initialization.xavierUniform(weight)
            return weight
        }
        if keySize ?? size == size, valueSize ?? size == size {
            inputWeight = try weight(3 * size, size)
            (queryWeight, keyWeight, valueWeight) = (nil, nil, nil)
        } else {
            inputWeight = nil
            queryWeight = try weight(size, size)
            keyWeight = try weight(size, keySize ?? size)
            valueWeight = try weight(size, valueSize ?? size)
        }
        inputBias = bias ? try Tensor.zeros([3 * size]) : nil
    }

    /// Computes self-attention of `[N, tokens, size]`; the shape stays the same.
    ///
    /// - Throws: `TorchError` for tokens with another number of features.
    public func forward(_ input: Tensor) throws -> Tensor {
        guard let inputWeight, input.rank == 3 else { return try self(query: input, key: input, value: input) }
        let (batch, tokens) = (input.shape[0], input.shape[1])
        let parts = try Operator.linear(input, inputWeight, inputBias)
            .reshape([batch, tokens, 3, heads, size / heads]).permute(dims: [2, 0, 3, 1, 4]).unbind()
        return try merged(
            Operator.scaledDotProductAttention(
                parts[0], parts[1], parts[2], Tensor?.none, isTraining ? dropout : 0.0))
    }

    /// Attends to a sequence, which may differ from the query's sequence.
    ///
    /// A Boolean mask is true where attention is not allowed. A floating-point mask is added to the scores.
    ///
    /// - Parameters:
    ///   - query: `[N, L, size]`.
    ///   - key: `[N, S, keySize]`.
    ///   - value: `[N, S, valueSize]`.
    ///   - keyPaddingMask: `[N, S]`: marks padding tokens of `key`.
    ///   - attentionMask: `[L, S]`, or `[N heads, L, S]` for each head: marks pairs of tokens.
    /// - Returns: `[N, L, size]`.
    /// - Throws: `TorchError` for incompatible shapes.
    public func callAsFunction(
        query: Tensor, key: Tensor, value: Tensor, keyPaddingMask: Tensor? = nil, attentionMask: Tensor? = nil
    ) throws -> Tensor {
        try withinScope(of: self) {
            let (parts, mask) = try prepared(query, key, value, keyPaddingMask, attentionMask)
            return try merged(
                Operator.scaledDotProductAttention(
                    parts[0], parts[1], parts[2], mask, isTraining ? dropout : 0.0))
        }
    }

    /// Attends to a sequence and also returns the attention weights (PyTorch's `need_weights`).
    ///
    /// - Parameters:
    ///   - query: `[N, L, size]`.
    ///   - key: `[N, S, keySize]`.
    ///   - value: `[N, S, valueSize]`.
    ///   - keyPaddingMask: `[N, S]`: marks padding tokens of `key`.
    ///   - attentionMask: `[L, S]`, or `[N heads, L, S]` for each head: marks pairs of tokens.
    ///   - averagesWeights: Whether the weights are the mean over the heads.
    /// - Returns: The output `[N, L, size]` and the weights, `[N, L, S]`, or `[N, heads, L, S]` without averaging. Each
    ///   row of the weights sums to 1. In training, dropped weights are 0.
    /// - Throws: `TorchError` for incompatible shapes.
    public func attend(
        query: Tensor, key: Tensor, value: Tensor, keyPaddingMask: Tensor? = nil, attentionMask: Tensor? = nil,
        averagesWeights: Bool = true
    ) throws -> (output: Tensor, weights: Tensor) {
        let (parts, mask) = try prepared(query, key, value, keyPaddingMask, attentionMask)
        var scores = try (parts[0] * (1 / Double(size / heads)).squareRoot()).matmul(parts[1].transpose(-2, -1))
        if let mask { scores = try scores + mask }
        var weights = try scores.softmax(dim: -1)
        if isTraining, dropout > 0 { weights = try Operator.dropout(weights, dropout, true) }
        let output = try merged(weights.matmul(parts[2]))
        return (output, averagesWeights ? try weights.mean(dim: 1) : weights)
    }

    /// Returns queries, keys and values, `[N, heads, tokens, size / heads]`, and the mask to add to their scores.
    private func prepared(
        _ query: Tensor, _ key: Tensor, _ value: Tensor, _ keyPaddingMask: Tensor?, _ attentionMask: Tensor?
    ) throws -> (parts: [Tensor], mask: Tensor?) {
        for (name, tensor) in [("query", query), ("key", key), ("value", value)] {
            try require(
                tensor.rank == 3 && tensor.shape[0] == query.shape[0],
                "a \(name) of shape \(tensor.shape) with a query of shape \(query.shape); attention expects "
                    + "[N, tokens, features]")
        }
        try require(
            key.shape[1] == value.shape[1],
            "\(key.shape[1]) keys and \(value.shape[1]) values; the numbers must be equal")
        let weights = try inputWeight?.split(size) ?? [queryWeight, keyWeight, valueWeight].compactMap(\.self)
        let biases = try inputBias?.split(size)
        let parts = try [query, key, value].enumerated().map { index, tokens in
            try Operator.linear(tokens, weights[index], biases?[index])
                .reshape([tokens.shape[0], tokens.shape[1], heads, size / heads]).transpose(1, 2)
        }
        let (batch, queries, keys) = (query.shape[0], query.shape[1], key.shape[1])
        let padding = try keyPaddingMask.map { mask in
            try require(mask.shape == [batch, keys], "a padding mask of shape \(mask.shape), not \([batch, keys])")
            return try added(mask, query).reshape([batch, 1, 1, keys])
        }
        let pairs = try attentionMask.map { mask in
            let shapes = [[queries, keys], [batch * heads, queries, keys]]
            try require(
                shapes.contains(mask.shape),
                "an attention mask of shape \(mask.shape), not \(shapes[0]) or \(shapes[1])")
            return try added(mask, query).reshape([
                mask.rank == 2 ? 1 : batch, mask.rank == 2 ? 1 : heads, queries, keys,
            ])
        }
        guard let padding, let pairs else { return (parts, padding ?? pairs) }
        return (parts, try padding + pairs)
    }

    /// Returns a mask in the type of `query`: minus infinity where attention is not allowed.
    private func added(_ mask: Tensor, _ query: Tensor) throws -> Tensor {
        guard mask.dtype == .bool else { return try mask.to(query.dtype) }
        return try Tensor.zeros(mask.shape, dtype: query.dtype, device: mask.device).maskedFill(mask, -.infinity)
    }

    /// Joins the heads: `[N, heads, L, size / heads]` to `[N, L, size]`.
    private func merged(_ found: Tensor) throws -> Tensor {
        try output(found.transpose(1, 2).reshape([found.shape[0], found.shape[2], size]))
    }
}
