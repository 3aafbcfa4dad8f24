public import Torch

extension Operator {
    static let linear = Operator("aten::linear")
    static let embedding = Operator("aten::embedding")
    static let dropout = Operator("aten::dropout")
}

/// A linear layer, `[…, inputs]` to `[…, outputs]`, as `torch.nn.Linear`.
public final class Linear: Module {
    /// `[outputs, inputs]`.
    @Parameter public var weight: Tensor
    /// `[outputs]`.
    @Parameter public var bias: Tensor?

    /// Creates a layer with PyTorch's default initialization: weight and bias uniform within ±1/√inputs.
    public init(_ inputs: Int, _ outputs: Int, bias: Bool = true) throws {
        let weight = try Tensor.empty([outputs, inputs])
        try Initialization.kaimingUniform(weight, slope: 5.squareRoot())
        self.weight = weight
        self.bias = bias ? try Initialization.bias(outputs, fanIn: inputs) : nil
    }

    /// The number of input features.
    public var inputs: Int { weight.shape[1] }
    /// The number of output features.
    public var outputs: Int { weight.shape[0] }

    /// `[…, inputs]` to `[…, outputs]`.
    ///
    /// - Throws: `TorchError` for an input with another number of features.
    public func forward(_ input: Tensor) throws -> Tensor { try Operator.linear(input, weight, bias) }
}

/// A table of vectors that are looked up by index, as `torch.nn.Embedding`.
public final class Embedding: Module {
    /// `[count, size]`.
    @Parameter public var weight: Tensor
    /// The index of the row that training does not change: the vector of padding positions.
    public let paddingIndex: Int?

    /// Creates a table of `count` vectors with `size` features, drawn from the standard normal distribution.
    ///
    /// - Parameters:
    ///   - count: The number of vectors.
    ///   - size: The number of features of each vector.
    ///   - paddingIndex: A row that is initially 0 and gets no gradient. Negative indices count from the end.
    /// - Throws: `TorchError` if there is no row `paddingIndex`.
    public init(_ count: Int, _ size: Int, paddingIndex: Int? = nil) throws {
        if let paddingIndex {
            try require(
                (-count..<count).contains(paddingIndex),
                "the padding index \(paddingIndex) is out of range for \(count) rows")
        }
        self.paddingIndex = paddingIndex.map { $0 < 0 ? count + $0 : $0 }
        let weight = try Tensor.empty([count, size])
        try Initialization.normal(weight, standardDeviation: 1)
        if let row = self.paddingIndex { try Initialization.constant(weight[row], 0) }
        self.weight = weight
    }

    /// The number of vectors.
    public var count: Int { weight.shape[0] }
    /// The number of features in a vector.
    public var size: Int { weight.shape[1] }

    /// Returns the vectors `[…, size]` for int64 indices of any shape `[…]`.
    ///
    /// - Throws: `TorchError` for an index out of range, and for indices that are not integers.
    public func forward(_ indices: Tensor) throws -> Tensor {
        try Operator.embedding(weight, indices, paddingIndex ?? -1)
    }
}

/// Sets random elements to zero in training and scales the others by 1 / (1 - p), as `torch.nn.Dropout`.
public final class Dropout: FreezableModule {
    /// The probability that an element is dropped.
    public var probability: Double
    /// Whether elements are dropped.
    public var isTraining = true
    /// Whether dropout is also disabled in training.
    public var isFrozen = false

    /// Creates the layer.
    public init(_ probability: Double = 0.5) { self.probability = probability }

    /// The output has the shape of the input.
    public func forward(_ input: Tensor) throws -> Tensor {
        isTraining ? try Operator.dropout(input, probability, true) : input
    }
}

/// Flattens the dimensions after the first: `[N, C, H, W]` to `[N, C H W]`, as `torch.nn.Flatten`.
public final class Flatten: Module {
    /// Creates the layer.
    public init() {}
    /// `[N, …]` to `[N, features]`.
    public func forward(_ input: Tensor) throws -> Tensor { try input.flatten(from: 1) }
}

/// Returns its input, as `torch.nn.Identity`.
public final class Identity: Module {
    /// Creates the layer.
    public init() {}
    /// The output has the shape of the input.
    public func forward(_ input: Tensor) throws -> Tensor { input }
}
