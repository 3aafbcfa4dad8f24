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

    /// Makes a layer with PyTorch's default initialization: weight and bias uniform within ±1/√inputs.
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
    /// - Throws: `TorchError` for an input of other features.
    public func forward(_ input: Tensor) throws -> Tensor { try Operator.linear(input, weight, bias) }
}

/// A table of vectors that are looked up by their numbers, as `torch.nn.Embedding`.
public final class Embedding: Module {
    /// `[count, size]`.
    @Parameter public var weight: Tensor
    /// The row that training does not change: the vector of positions that stand for nothing.
    public let paddingIndex: Int?

    /// Makes a table of `count` vectors of `size` features, drawn from the standard normal distribution.
    ///
    /// - Parameters:
    ///   - count: the number of vectors.
    ///   - size: the number of features of each.
    ///   - paddingIndex: a row that is 0 at first and gets no gradient; a negative one counts from the end.
    /// - Throws: `TorchError` where there is no row `paddingIndex`.
    public init(_ count: Int, _ size: Int, paddingIndex: Int? = nil) throws {
        if let paddingIndex {
            try require((-count..<count).contains(paddingIndex), "a padding index of \(paddingIndex) in \(count) rows")
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

    /// Row numbers of type int64 and any shape `[…]` to vectors `[…, size]`.
    ///
    /// - Throws: `TorchError` for a number below 0 or beyond the last row, and for numbers that are not whole.
    public func forward(_ indices: Tensor) throws -> Tensor {
        try Operator.embedding(weight, indices, paddingIndex ?? -1)
    }
}

/// Sets elements to zero at random in training, and scales the others by 1 / (1 - p), as `torch.nn.Dropout`.
public final class Dropout: FreezableModule {
    /// The probability that an element is dropped.
    public var probability: Double
    /// Whether elements are dropped.
    public var isTraining = true
    /// Whether the layer drops nothing in training either.
    public var isFrozen = false

    /// Makes the layer.
    public init(_ probability: Double = 0.5) { self.probability = probability }

    /// Any shape to the same.
    public func forward(_ input: Tensor) throws -> Tensor {
        isTraining ? try Operator.dropout(input, probability, true) : input
    }
}

/// The dimensions after the first as one: `[N, C, H, W]` to `[N, C H W]`, as `torch.nn.Flatten`.
public final class Flatten: Module {
    /// Makes the layer.
    public init() {}
    /// `[N, …]` to `[N, features]`.
    public func forward(_ input: Tensor) throws -> Tensor { try input.flatten(from: 1) }
}

/// Passes its input on, as `torch.nn.Identity`.
public final class Identity: Module {
    /// Makes the layer.
    public init() {}
    /// Any shape to the same.
    public func forward(_ input: Tensor) throws -> Tensor { input }
}
