extension Operator {
    static let exponential = Operator("aten::exp")
    static let exponential2 = Operator("aten::exp2")
    static let exponentialMinus1 = Operator("aten::expm1")
    static let logarithm = Operator("aten::log")
    static let logarithm2 = Operator("aten::log2")
    static let logarithm10 = Operator("aten::log10")
    static let logarithmOf1Plus = Operator("aten::log1p")
    static let squareRoot = Operator("aten::sqrt")
    static let reciprocalSquareRoot = Operator("aten::rsqrt")
    static let square = Operator("aten::square")
    static let reciprocal = Operator("aten::reciprocal")
    static let absolute = Operator("aten::abs")
    static let sign = Operator("aten::sign")
    static let floor = Operator("aten::floor")
    static let ceil = Operator("aten::ceil")
    static let trunc = Operator("aten::trunc")
    static let fraction = Operator("aten::frac")
    static let sin = Operator("aten::sin")
    static let cos = Operator("aten::cos")
    static let tan = Operator("aten::tan")
    static let asin = Operator("aten::asin")
    static let acos = Operator("aten::acos")
    static let atan = Operator("aten::atan")
    static let sinh = Operator("aten::sinh")
    static let cosh = Operator("aten::cosh")
    static let tanh = Operator("aten::tanh")
    static let asinh = Operator("aten::asinh")
    static let acosh = Operator("aten::acosh")
    static let atanh = Operator("aten::atanh")
    static let errorFunction = Operator("aten::erf")
    static let round = Operator("aten::round")
    static let roundDecimals = Operator("aten::round.decimals")
    static let atan2 = Operator("aten::atan2")
}

/// Element-wise functions return the same shape. Integers give float32 if the results are not integers.
extension Tensor {
    /// e to the power of each element (`torch.exp`).
    public func exp() throws -> Tensor { try Operator.exponential(self) }
    /// 2 to the power of each element (`torch.exp2`).
    public func exp2() throws -> Tensor { try Operator.exponential2(self) }
    /// eˣ - 1 of each element, accurate near 0 (`torch.expm1`).
    public func expm1() throws -> Tensor { try Operator.exponentialMinus1(self) }
    /// The natural logarithm of each element (`torch.log`).
    public func log() throws -> Tensor { try Operator.logarithm(self) }
    /// The logarithm to base 2 of each element (`torch.log2`).
    public func log2() throws -> Tensor { try Operator.logarithm2(self) }
    /// The logarithm to base 10 of each element (`torch.log10`).
    public func log10() throws -> Tensor { try Operator.logarithm10(self) }
    /// The natural logarithm of 1 + x of each element, accurate near 0 (`torch.log1p`).
    public func log1p() throws -> Tensor { try Operator.logarithmOf1Plus(self) }
    /// The square root of each element (`torch.sqrt`).
    public func sqrt() throws -> Tensor { try Operator.squareRoot(self) }
    /// 1 divided by the square root of each element (`torch.rsqrt`).
    public func rsqrt() throws -> Tensor { try Operator.reciprocalSquareRoot(self) }
    /// The square of each element (`torch.square`).
    public func square() throws -> Tensor { try Operator.square(self) }
    /// 1 divided by each element (`torch.reciprocal`).
    public func reciprocal() throws -> Tensor { try Operator.reciprocal(self) }
    /// The absolute value of each element (`torch.abs`).
    public func abs() throws -> Tensor { try Operator.absolute(self) }
    /// The sign of each element: -1, 0 or 1 (`torch.sign`).
    public func sign() throws -> Tensor { try Operator.sign(self) }

    /// Each element rounded down (`torch.floor`).
    public func floor() throws -> Tensor { try Operator.floor(self) }
    /// Each element rounded up (`torch.ceil`).
    public func ceil() throws -> Tensor { try Operator.ceil(self) }
    /// Each element rounded to the nearest integer, or to `decimals` decimals (`torch.round`). Halves are rounded to
    /// the even integer.
    public func round(decimals: Int = 0) throws -> Tensor {
        decimals == 0 ? try Operator.round(self) : try Operator.roundDecimals(self, decimals)
    }
    /// The integer part of each element (`torch.trunc`).
    public func trunc() throws -> Tensor { try Operator.trunc(self) }
    /// The fractional part of each element, with its sign (`torch.frac`).
    public func frac() throws -> Tensor { try Operator.fraction(self) }

    /// The sine of each element, in radians (`torch.sin`).
    public func sin() throws -> Tensor { try Operator.sin(self) }
    /// The cosine of each element, in radians (`torch.cos`).
    public func cos() throws -> Tensor { try Operator.cos(self) }
    /// The tangent of each element, in radians (`torch.tan`).
    public func tan() throws -> Tensor { try Operator.tan(self) }
    /// The arc sine of each element, in radians (`torch.asin`).
    public func asin() throws -> Tensor { try Operator.asin(self) }
    /// The arc cosine of each element, in radians (`torch.acos`).
    public func acos() throws -> Tensor { try Operator.acos(self) }
    /// The arc tangent of each element, in radians (`torch.atan`).
    public func atan() throws -> Tensor { try Operator.atan(self) }
    /// The angle of the point (`x`, this element), in radians from -π to π (`torch.atan2`); shapes are broadcast.
    public func atan2(_ x: Tensor) throws -> Tensor { try Operator.atan2(self, x) }
    /// The hyperbolic sine of each element (`torch.sinh`).
    public func sinh() throws -> Tensor { try Operator.sinh(self) }
    /// The hyperbolic cosine of each element (`torch.cosh`).
    public func cosh() throws -> Tensor { try Operator.cosh(self) }
    /// The hyperbolic tangent of each element (`torch.tanh`).
    public func tanh() throws -> Tensor { try Operator.tanh(self) }
    /// The inverse hyperbolic sine of each element (`torch.asinh`).
    public func asinh() throws -> Tensor { try Operator.asinh(self) }
    /// The inverse hyperbolic cosine of each element (`torch.acosh`).
    public func acosh() throws -> Tensor { try Operator.acosh(self) }
    /// The inverse hyperbolic tangent of each element (`torch.atanh`).
    public func atanh() throws -> Tensor { try Operator.atanh(self) }
    /// The error function of each element (`torch.erf`).
    public func erf() throws -> Tensor { try Operator.errorFunction(self) }
}
