public import Torch

extension Operator {
    static let relu = Operator("aten::relu")
    static let relu6 = Operator("aten::relu6")
}

extension Tensor {
    /// max(0, x) of each element.
    public func relu() throws -> Tensor { try Operator.relu(self) }
    /// min(max(0, x), 6) of each element.
    public func relu6() throws -> Tensor { try Operator.relu6(self) }
}

/// max(0, x), as `torch.nn.ReLU`.
public final class ReLU: Module {
    /// Makes the layer.
    public init() {}
    /// Any shape to the same.
    public func forward(_ input: Tensor) throws -> Tensor { try input.relu() }
}

/// min(max(0, x), 6), as `torch.nn.ReLU6`.
public final class ReLU6: Module {
    /// Makes the layer.
    public init() {}
    /// Any shape to the same.
    public func forward(_ input: Tensor) throws -> Tensor { try input.relu6() }
}
