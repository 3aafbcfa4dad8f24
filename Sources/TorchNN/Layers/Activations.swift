public import Torch

/// max(0, x), as `torch.nn.ReLU`.
public final class ReLU: Module {
    /// Creates the layer.
    public init() {}
    /// The output has the shape of the input.
    public func forward(_ input: Tensor) throws -> Tensor { try input.relu() }
}

/// min(max(0, x), 6), as `torch.nn.ReLU6`.
public final class ReLU6: Module {
    /// Creates the layer.
    public init() {}
    /// The output has the shape of the input.
    public func forward(_ input: Tensor) throws -> Tensor { try input.relu6() }
}

/// x where x is positive, otherwise `slope` x, as `torch.nn.LeakyReLU`.
public final class LeakyReLU: Module {
    /// The factor of negative values.
    public let slope: Double
    /// Creates the layer.
    public init(slope: Double = 0.01) { self.slope = slope }
    /// The output has the shape of the input.
    public func forward(_ input: Tensor) throws -> Tensor { try input.leakyReLU(slope: slope) }
}

/// x where x is positive, otherwise `alpha` (eˣ - 1), as `torch.nn.ELU`.
///
/// D. Clevert et al.: Fast and Accurate Deep Network Learning by Exponential Linear Units, 2015, arXiv:1511.07289.
public final class ELU: Module {
    /// The magnitude that large negative inputs approach.
    public let alpha: Double
    /// Creates the layer.
    public init(alpha: Double = 1) { self.alpha = alpha }
    /// The output has the shape of the input.
    public func forward(_ input: Tensor) throws -> Tensor { try input.elu(alpha: alpha) }
}

/// 1 / (1 + e⁻ˣ), as `torch.nn.Sigmoid`.
public final class Sigmoid: Module {
    /// Creates the layer.
    public init() {}
    /// The output has the shape of the input.
    public func forward(_ input: Tensor) throws -> Tensor { try input.sigmoid() }
}

/// The hyperbolic tangent, as `torch.nn.Tanh`.
public final class Tanh: Module {
    /// Creates the layer.
    public init() {}
    /// The output has the shape of the input.
    public func forward(_ input: Tensor) throws -> Tensor { try input.tanh() }
}

/// x / (1 + e⁻ˣ), also called Swish, as `torch.nn.SiLU`.
///
/// S. Elfwing et al.: Sigmoid-Weighted Linear Units for Neural Network Function Approximation in Reinforcement
/// Learning, 2017, arXiv:1702.03118.
public final class SiLU: Module {
    /// Creates the layer.
    public init() {}
    /// The output has the shape of the input.
    public func forward(_ input: Tensor) throws -> Tensor { try input.silu() }
}

/// x Φ(x) with the exact normal distribution, as `torch.nn.GELU`.
///
/// D. Hendrycks, K. Gimpel: Gaussian Error Linear Units, 2016, arXiv:1606.08415.
public final class GELU: Module {
    /// Creates the layer.
    public init() {}
    /// The output has the shape of the input.
    public func forward(_ input: Tensor) throws -> Tensor { try input.gelu() }
}

/// A piecewise linear sigmoid, min(max(0, x + 3), 6) / 6, as `torch.nn.Hardsigmoid`.
public final class Hardsigmoid: Module {
    /// Creates the layer.
    public init() {}
    /// The output has the shape of the input.
    public func forward(_ input: Tensor) throws -> Tensor { try input.hardsigmoid() }
}

/// x min(max(0, x + 3), 6) / 6, as `torch.nn.Hardswish`.
///
/// A. Howard et al.: Searching for MobileNetV3, 2019, arXiv:1905.02244.
public final class Hardswish: Module {
    /// Creates the layer.
    public init() {}
    /// The output has the shape of the input.
    public func forward(_ input: Tensor) throws -> Tensor { try input.hardswish() }
}
