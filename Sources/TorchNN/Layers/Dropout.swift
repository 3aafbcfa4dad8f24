public import Torch

extension Operator {
    static let dropout = Operator("aten::dropout")
}

/// Sets elements to zero at random while training, and scales the others by 1 / (1 - p), as `torch.nn.Dropout`.
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
