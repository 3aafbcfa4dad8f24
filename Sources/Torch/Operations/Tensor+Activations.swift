extension Operator {
    static let relu = Operator("aten::relu")
    static let relu6 = Operator("aten::relu6")
    static let leakyReLU = Operator("aten::leaky_relu")
    static let prelu = Operator("aten::prelu")
    static let elu = Operator("aten::elu")
    static let selu = Operator("aten::selu")
    static let celu = Operator("aten::celu")
    static let gelu = Operator("aten::gelu")
    static let silu = Operator("aten::silu")
    static let mish = Operator("aten::mish")
    static let softplus = Operator("aten::softplus")
    static let sigmoid = Operator("aten::sigmoid")
    static let logSigmoid = Operator("aten::log_sigmoid")
    static let hardsigmoid = Operator("aten::hardsigmoid")
    static let hardswish = Operator("aten::hardswish")
    static let hardtanh = Operator("aten::hardtanh")
    static let glu = Operator("aten::glu")
    static let softmax = Operator("aten::softmax.int")
    static let logSoftmax = Operator("aten::log_softmax.int")
}

/// Activations return the same shape, except for `glu`. `tanh` is in `Tensor+Functions.swift`.
extension Tensor {
    /// max(0, x) of each element (`torch.relu`).
    public func relu() throws -> Tensor { try Operator.relu(self) }

    /// min(max(0, x), 6) of each element (`torch.nn.functional.relu6`).
    public func relu6() throws -> Tensor { try Operator.relu6(self) }

    /// x where x is positive, otherwise `slope` x (`torch.nn.functional.leaky_relu`).
    public func leakyReLU(slope: Double = 0.01) throws -> Tensor { try Operator.leakyReLU(self, slope) }

    /// x where x is positive, otherwise the slope times x (`torch.prelu`).
    ///
    /// - Parameter slopes: `[1]`, or `[C]` for the channels of `[N, C, …]`.
    public func prelu(_ slopes: Tensor) throws -> Tensor { try Operator.prelu(self, slopes) }

    /// x where x is positive, otherwise `alpha` (eˣ - 1) (`torch.nn.functional.elu`).
    public func elu(alpha: Double = 1) throws -> Tensor { try Operator.elu(self, alpha) }

    /// `elu` with the scale and alpha that keep mean 0 and variance 1 (`torch.selu`).
    public func selu() throws -> Tensor { try Operator.selu(self) }

    /// x where x is positive, otherwise `alpha` (e^(x / alpha) - 1) (`torch.celu`).
    public func celu(alpha: Double = 1) throws -> Tensor { try Operator.celu(self, alpha) }

    /// How `gelu` computes the normal distribution function.
    public enum GELUApproximation: String, Sendable {
        /// The exact function.
        case none
        /// An approximation with the hyperbolic tangent.
        case tanh
    }

    /// x Φ(x) of each element, where Φ is the normal distribution function (`torch.nn.functional.gelu`).
    public func gelu(approximation: GELUApproximation = .none) throws -> Tensor {
        approximation == .none ? try Operator.gelu(self) : try Operator.gelu(self, approximation.rawValue)
    }

    /// x / (1 + e⁻ˣ) of each element, also called Swish (`torch.nn.functional.silu`).
    public func silu() throws -> Tensor { try Operator.silu(self) }

    /// x tanh(softplus(x)) of each element (`torch.nn.functional.mish`).
    public func mish() throws -> Tensor { try Operator.mish(self) }

    /// log(1 + e^(beta x)) / beta of each element, a smooth `relu` (`torch.nn.functional.softplus`).
    public func softplus(beta: Double = 1, threshold: Double = 20) throws -> Tensor {
        try Operator.softplus(self, beta, threshold)
    }

    /// 1 / (1 + e⁻ˣ) of each element (`torch.sigmoid`).
    public func sigmoid() throws -> Tensor { try Operator.sigmoid(self) }

    /// The logarithm of `sigmoid`, numerically stable (`torch.nn.functional.logsigmoid`).
    public func logSigmoid() throws -> Tensor { try Operator.logSigmoid(self) }

    /// min(max(0, x + 3), 6) / 6 of each element (`torch.nn.functional.hardsigmoid`).
    public func hardsigmoid() throws -> Tensor { try Operator.hardsigmoid(self) }

    /// x min(max(0, x + 3), 6) / 6 of each element (`torch.nn.functional.hardswish`).
    public func hardswish() throws -> Tensor { try Operator.hardswish(self) }

    /// Each element clamped between `min` and `max` (`torch.nn.functional.hardtanh`).
    public func hardtanh(min: Double = -1, max: Double = 1) throws -> Tensor { try Operator.hardtanh(self, min, max) }

    /// The first half of a dimension times the sigmoid of the second: `[N, 2C]` to `[N, C]`
    /// (`torch.nn.functional.glu`).
    public func glu(dim: Int = -1) throws -> Tensor { try Operator.glu(self, dim) }

    /// eˣ divided by the sum of eˣ along a dimension (`torch.softmax`).
    public func softmax(dim: Int) throws -> Tensor { try Operator.softmax(self, dim) }

    /// The logarithm of `softmax`, numerically stable (`torch.log_softmax`).
    public func logSoftmax(dim: Int) throws -> Tensor { try Operator.logSoftmax(self, dim) }
}
