public import Torch

extension Operator {
    static let linear = Operator("aten::linear")
}

/// A linear layer, `[…, inputs]` to `[…, outputs]`, as `torch.nn.Linear`.
public final class Linear: Module {
    /// `[outputs, inputs]`.
    @Parameter public var weight: Tensor
    /// `[outputs]`.
    @Parameter public var bias: Tensor?

    /// Makes a layer with PyTorch's default initialisation: both uniform within ±1/√inputs.
    public init(_ inputs: Int, _ outputs: Int, bias: Bool = true) throws {
        let weight = try Tensor.empty([outputs, inputs])
        try Initialization.kaimingUniform(weight, slope: 5.squareRoot())
        self.weight = weight
        self.bias = bias ? try Initialization.bias(outputs, fanIn: inputs) : nil
    }

    /// The number of features that go in.
    public var inputs: Int { weight.size(1) }
    /// The number of features that come out.
    public var outputs: Int { weight.size(0) }

    /// `[…, inputs]` to `[…, outputs]`.
    public func forward(_ input: Tensor) throws -> Tensor { try Operator.linear(input, weight, bias) }
}
