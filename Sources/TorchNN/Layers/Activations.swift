public import Torch

extension Operator {
    static let relu = Operator("aten::relu")
    static let relu6 = Operator("aten::relu6")
    static let leakyReLU = Operator("aten::leaky_relu")
    static let elu = Operator("aten::elu")
    static let tanh = Operator("aten::tanh")
    static let silu = Operator("aten::silu")
    static let gelu = Operator("aten::gelu")
    static let hardsigmoid = Operator("aten::hardsigmoid")
    static let hardswish = Operator("aten::hardswish")
}

// `sigmoid` is among the tensor's own operators.
extension Tensor {
    /// max(0, x) of each element.
    public func relu() throws -> Tensor { try Operator.relu(self) }
    /// min(max(0, x), 6) of each element.
    public func relu6() throws -> Tensor { try Operator.relu6(self) }
    /// x where it is positive, elsewhere `slope` x.
    public func leakyReLU(slope: Double = 0.01) throws -> Tensor { try Operator.leakyReLU(self, slope) }
    /// x where it is positive, elsewhere `alpha` (eˣ - 1).
    public func elu(alpha: Double = 1) throws -> Tensor { try Operator.elu(self, alpha) }
    /// The hyperbolic tangent of each element.
    public func tanh() throws -> Tensor { try Operator.tanh(self) }
    /// x / (1 + e⁻ˣ) of each element.
    public func silu() throws -> Tensor { try Operator.silu(self) }
    /// x Φ(x) of each element, Φ the distribution function of the normal distribution.
    public func gelu() throws -> Tensor { try Operator.gelu(self) }
    /// min(max(0, x + 3), 6) / 6 of each element.
    public func hardsigmoid() throws -> Tensor { try Operator.hardsigmoid(self) }
    /// x min(max(0, x + 3), 6) / 6 of each element.
    public func hardswish() throws -> Tensor { try Operator.hardswish(self) }
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

/// x where it is positive, elsewhere `slope` x, as `torch.nn.LeakyReLU`.
public final class LeakyReLU: Module {
    /// The factor of negative values.
    public let slope: Double
    /// Makes the layer.
    public init(slope: Double = 0.01) { self.slope = slope }
    /// Any shape to the same.
    public func forward(_ input: Tensor) throws -> Tensor { try input.leakyReLU(slope: slope) }
}

/// x where it is positive, elsewhere `alpha` (eˣ - 1), as `torch.nn.ELU`.
///
/// D. Clevert et al.: Fast and Accurate Deep Network Learning by Exponential Linear Units, 2015, arXiv:1511.07289.
public final class ELU: Module {
    /// What large negative values become, with the sign turned.
    public let alpha: Double
    /// Makes the layer.
    public init(alpha: Double = 1) { self.alpha = alpha }
    /// Any shape to the same.
    public func forward(_ input: Tensor) throws -> Tensor { try input.elu(alpha: alpha) }
}

/// 1 / (1 + e⁻ˣ), as `torch.nn.Sigmoid`.
public final class Sigmoid: Module {
    /// Makes the layer.
    public init() {}
    /// Any shape to the same.
    public func forward(_ input: Tensor) throws -> Tensor { try input.sigmoid() }
}

/// The hyperbolic tangent, as `torch.nn.Tanh`.
public final class Tanh: Module {
    /// Makes the layer.
    public init() {}
    /// Any shape to the same.
    public func forward(_ input: Tensor) throws -> Tensor { try input.tanh() }
}

/// x / (1 + e⁻ˣ), also called Swish, as `torch.nn.SiLU`.
///
/// S. Elfwing et al.: Sigmoid-Weighted Linear Units for Neural Network Function Approximation in Reinforcement Learning,
/// 2017, arXiv:1702.03118.
public final class SiLU: Module {
    /// Makes the layer.
    public init() {}
    /// Any shape to the same.
    public func forward(_ input: Tensor) throws -> Tensor { try input.silu() }
}

/// x Φ(x) with the exact normal distribution, as `torch.nn.GELU`.
///
/// D. Hendrycks, K. Gimpel: Gaussian Error Linear Units, 2016, arXiv:1606.08415.
public final class GELU: Module {
    /// Makes the layer.
    public init() {}
    /// Any shape to the same.
    public func forward(_ input: Tensor) throws -> Tensor { try input.gelu() }
}

/// A sigmoid made of three straight lines, min(max(0, x + 3), 6) / 6, as `torch.nn.Hardsigmoid`.
public final class Hardsigmoid: Module {
    /// Makes the layer.
    public init() {}
    /// Any shape to the same.
    public func forward(_ input: Tensor) throws -> Tensor { try input.hardsigmoid() }
}

/// x min(max(0, x + 3), 6) / 6, as `torch.nn.Hardswish`.
///
/// A. Howard et al.: Searching for MobileNetV3, 2019, arXiv:1905.02244.
public final class Hardswish: Module {
    /// Makes the layer.
    public init() {}
    /// Any shape to the same.
    public func forward(_ input: Tensor) throws -> Tensor { try input.hardswish() }
}
