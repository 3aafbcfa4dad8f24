public import Torch

extension Operator {
    static let scaledDotProductAttention = Operator("aten::scaled_dot_product_attention")
}

/// Attention with several heads, as `torch.nn.MultiheadAttention` with `batch_first`: each token of a sequence takes from
/// all tokens of another what its query finds in their keys.
///
/// Called with one tensor it is self-attention: the same sequence gives queries, keys and values.
///
/// ```swift
/// let attention = try MultiheadAttention(256, heads: 8)
/// let mixed = try attention(tokens)
/// let (output, weights) = try attention.attend(query: words, key: image, value: image)
/// ```
///
/// A. Vaswani et al.: Attention Is All You Need, 2017, arXiv:1706.03762.
public final class MultiheadAttention: ModeDependent {
    /// Makes queries, keys and values, `[3 size, size]`; nil where keys or values have features of their own.
    @Parameter("in_proj_weight") public var inputWeight: Tensor?
    /// Makes queries, `[size, size]`, where keys or values have features of their own.
    @Parameter("q_proj_weight") public var queryWeight: Tensor?
    /// Makes keys, `[size, keySize]`, where keys or values have features of their own.
    @Parameter("k_proj_weight") public var keyWeight: Tensor?
    /// Makes values, `[size, valueSize]`, where keys or values have features of their own.
    @Parameter("v_proj_weight") public var valueWeight: Tensor?
    /// `[3 size]`, 0 at first; nil without biases.
    @Parameter("in_proj_bias") public var inputBias: Tensor?
    /// Mixes what the heads found.
    @Submodule("out_proj") public var output: Linear

    /// The number of features of a query and of an output token.
    public let size: Int
    /// The number of heads, which split the features between them.
    public let heads: Int
    /// The probability that a weight of the attention is dropped in training.
    public let dropout: Double
    /// Whether weights are dropped.
    public var isTraining = true

    /// Makes a layer with PyTorch's default initialization: Xavier's for the weights, 0 for the biases.
    ///
    /// - Parameters:
    ///   - size: the number of features of a query and of an output token.
    ///   - heads: the number of heads.
    ///   - dropout: the probability that a weight of the attention is dropped in training.
    ///   - bias: whether the projections have biases.
    ///   - keySize: the number of features of a key; `size` unless told otherwise (PyTorch's `kdim`).
    ///   - valueSize: the number of features of a value; `size` unless told otherwise (PyTorch's `vdim`).
    /// - Throws: `TorchError` where `size` is not a multiple of `heads`.
    public init(
        _ size: Int, heads: Int, dropout: Double = 0, bias: Bool = true, keySize: Int? = nil, valueSize: Int? = nil
    ) throws {
        try require(heads > 0 && size % heads == 0, "\(size) features cannot be split into \(heads) heads")
        (self.size, self.heads, self.dropout) = (size, heads, dropout)
        // The last layer draws first, as in PyTorch.
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

    /// Self-attention: `[N, tokens, size]` to the same shape.
    ///
    /// - Throws: `TorchError` for tokens of other features.
    public func forward(_ input: Tensor) throws -> Tensor {
        guard let inputWeight, input.rank == 3 else { return try self(query: input, key: input, value: input) }
        let (batch, tokens) = (input.shape[0], input.shape[1])
        let parts = try Operator.linear(input, inputWeight, inputBias)
            .reshape([batch, tokens, 3, heads, size / heads]).permute(dims: [2, 0, 3, 1, 4]).unbind()
        return try merged(
            Operator.scaledDotProductAttention(
                parts[0], parts[1], parts[2], Tensor?.none, isTraining ? dropout : 0.0))
    }

    /// Attends to a sequence, which may be another one.
    ///
    /// A mask is of truth values, true where nothing may be taken, or of numbers that are added to the scores.
    ///
    /// - Parameters:
    ///   - query: `[N, L, size]`.
    ///   - key: `[N, S, keySize]`.
    ///   - value: `[N, S, valueSize]`.
    ///   - keyPaddingMask: `[N, S]`: for the tokens of `key` that only fill the batch.
    ///   - attentionMask: `[L, S]`, or `[N heads, L, S]` for each head: for pairs of tokens.
    /// - Returns: `[N, L, size]`.
    /// - Throws: `TorchError` for shapes that do not go together.
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

    /// Attends to a sequence, and tells how much of each token was taken: PyTorch's `need_weights`.
    ///
    /// - Parameters:
    ///   - query: `[N, L, size]`.
    ///   - key: `[N, S, keySize]`.
    ///   - value: `[N, S, valueSize]`.
    ///   - keyPaddingMask: `[N, S]`: for the tokens of `key` that only fill the batch.
    ///   - attentionMask: `[L, S]`, or `[N heads, L, S]` for each head: for pairs of tokens.
    ///   - averagesWeights: whether the weights are the mean over the heads.
    /// - Returns: the output `[N, L, size]` and the weights, `[N, L, S]`, or `[N, heads, L, S]` without the mean. Each row
    ///   of the weights sums to 1; in training, what was dropped is 0 in them.
    /// - Throws: `TorchError` for shapes that do not go together.
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

    /// Queries, keys and values, `[N, heads, tokens, size / heads]`, and what is added to their scores.
    private func prepared(
        _ query: Tensor, _ key: Tensor, _ value: Tensor, _ keyPaddingMask: Tensor?, _ attentionMask: Tensor?
    ) throws -> (parts: [Tensor], mask: Tensor?) {
        for (name, tensor) in [("query", query), ("key", key), ("value", value)] {
            try require(
                tensor.rank == 3 && tensor.shape[0] == query.shape[0],
                "a \(name) of shape \(tensor.shape) with a query of shape \(query.shape); attention takes "
                    + "[N, tokens, features]")
        }
        try require(
            key.shape[1] == value.shape[1], "\(key.shape[1]) keys for \(value.shape[1]) values; each key has one value")
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

    /// A mask as numbers of the type of `query`: minus infinity where nothing may be taken.
    private func added(_ mask: Tensor, _ query: Tensor) throws -> Tensor {
        guard mask.dtype == .bool else { return try mask.to(query.dtype) }
        return try Tensor.zeros(mask.shape, dtype: query.dtype, device: mask.device).maskedFill(mask, -.infinity)
    }

    /// `[N, heads, L, size / heads]`, what the heads found, to `[N, L, size]`.
    private func merged(_ found: Tensor) throws -> Tensor {
        try output(found.transpose(1, 2).reshape([found.shape[0], found.shape[2], size]))
    }
}
