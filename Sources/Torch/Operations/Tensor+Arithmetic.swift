extension Operator {
    static let add = Operator("aten::add.Tensor")
    static let subtract = Operator("aten::sub.Tensor")
    static let multiply = Operator("aten::mul.Tensor")
    static let divide = Operator("aten::div.Tensor")
    static let addScalar = Operator("aten::add.Scalar")
    static let subtractScalar = Operator("aten::sub.Scalar")
    static let reverseSubtract = Operator("aten::rsub.Scalar")
    static let multiplyScalar = Operator("aten::mul.Scalar")
    static let divideScalar = Operator("aten::div.Scalar")
    static let addInPlace = Operator("aten::add_.Tensor")
    static let subtractInPlace = Operator("aten::sub_.Tensor")
    static let multiplyInPlace = Operator("aten::mul_.Tensor")
    static let divideInPlace = Operator("aten::div_.Tensor")
    static let addScalarInPlace = Operator("aten::add_.Scalar")
    static let subtractScalarInPlace = Operator("aten::sub_.Scalar")
    static let multiplyScalarInPlace = Operator("aten::mul_.Scalar")
    static let divideScalarInPlace = Operator("aten::div_.Scalar")
    static let negate = Operator("aten::neg")
    static let power = Operator("aten::pow.Tensor_Scalar")
    static let powerTensor = Operator("aten::pow.Tensor_Tensor")
    static let powerOfScalar = Operator("aten::pow.Scalar")
    static let remainder = Operator("aten::remainder.Scalar")
    static let remainderTensor = Operator("aten::remainder.Tensor")
    static let floorDivide = Operator("aten::floor_divide.Scalar")
    static let floorDivideTensor = Operator("aten::floor_divide")
    static let maximumTensor = Operator("aten::maximum")
    static let minimumTensor = Operator("aten::minimum")
    static let clamp = Operator("aten::clamp")
    static let interpolate = Operator("aten::lerp.Scalar")
    static let zeroInPlace = Operator("aten::zero_")
    static let fillInPlace = Operator("aten::fill_.Scalar")
    static let uniformInPlace = Operator("aten::uniform_")
    static let normalInPlace = Operator("aten::normal_")
}

/// Arithmetic works element by element. Shapes are broadcast: `[3, 1]` and `[4]` give `[3, 4]`.
extension Tensor {
    /// The sum (`torch.add`).
    public static func + (left: Tensor, right: Tensor) throws -> Tensor { try Operator.add(left, right) }
    /// The difference (`torch.sub`).
    public static func - (left: Tensor, right: Tensor) throws -> Tensor { try Operator.subtract(left, right) }
    /// The element-wise product (`torch.mul`); for matrices see `matmul(_:)`.
    public static func * (left: Tensor, right: Tensor) throws -> Tensor { try Operator.multiply(left, right) }
    /// The quotient (`torch.div`), float32 for integers.
    public static func / (left: Tensor, right: Tensor) throws -> Tensor { try Operator.divide(left, right) }

    /// Adds a number to each element.
    public static func + <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.addScalar(left, right.number(for: left))
    }
    /// Subtracts a number from each element.
    public static func - <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.subtractScalar(left, right.number(for: left))
    }
    /// Multiplies each element by a number.
    public static func * <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.multiplyScalar(left, right.number(for: left))
    }
    /// Divides each element by a number.
    public static func / <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.divideScalar(left, right.number(for: left))
    }
    /// Adds each element to a number.
    public static func + <Scalar: TensorScalar>(left: Scalar, right: Tensor) throws -> Tensor { try right + left }
    /// Subtracts each element from a number (`torch.rsub`).
    public static func - <Scalar: TensorScalar>(left: Scalar, right: Tensor) throws -> Tensor {
        try Operator.reverseSubtract(right, left.number(for: right))
    }
    /// Multiplies a number by each element.
    public static func * <Scalar: TensorScalar>(left: Scalar, right: Tensor) throws -> Tensor { try right * left }
    /// Divides a number by each element.
    public static func / <Scalar: TensorScalar>(left: Scalar, right: Tensor) throws -> Tensor {
        try Operator.reciprocal(right) * left
    }

    /// The negative of each element (`torch.neg`).
    public static prefix func - (operand: Tensor) throws -> Tensor { try Operator.negate(operand) }

    /// Each element raised to a power (`torch.pow`).
    public func pow<Scalar: TensorScalar>(_ exponent: Scalar) throws -> Tensor {
        try Operator.power(self, exponent.number(for: self))
    }
    /// Each element raised to the power of the corresponding element of `exponent` (`torch.pow`).
    public func pow(_ exponent: Tensor) throws -> Tensor { try Operator.powerTensor(self, exponent) }
    /// A number raised to the power of each element (`torch.pow`).
    public static func pow<Scalar: TensorScalar>(_ base: Scalar, _ exponent: Tensor) throws -> Tensor {
        try Operator.powerOfScalar(base.number(for: exponent), exponent)
    }

    /// The remainder with the sign of the divisor, like Python's `%` (`torch.remainder`).
    public func remainder<Scalar: TensorScalar>(_ divisor: Scalar) throws -> Tensor {
        try Operator.remainder(self, divisor.number(for: self))
    }
    /// The remainder with the sign of the divisor, like Python's `%` (`torch.remainder`).
    public func remainder(_ divisor: Tensor) throws -> Tensor { try Operator.remainderTensor(self, divisor) }
    /// The quotient rounded down, like Python's `//` (`torch.floor_divide`).
    public func floorDivide<Scalar: TensorScalar>(_ divisor: Scalar) throws -> Tensor {
        try Operator.floorDivide(self, divisor.number(for: self))
    }
    /// The quotient rounded down, like Python's `//` (`torch.floor_divide`).
    public func floorDivide(_ divisor: Tensor) throws -> Tensor { try Operator.floorDivideTensor(self, divisor) }

    /// The element-wise maximum (`torch.maximum`).
    public func maximum(_ other: Tensor) throws -> Tensor { try Operator.maximumTensor(self, other) }
    /// The element-wise minimum (`torch.minimum`).
    public func minimum(_ other: Tensor) throws -> Tensor { try Operator.minimumTensor(self, other) }
    /// Each element clamped between `min` and `max` (`torch.clamp`). Nil means no bound.
    public func clamp<Scalar: TensorScalar>(min: Scalar? = nil, max: Scalar? = nil) throws -> Tensor {
        try Operator.clamp(self, min?.number(for: self), max?.number(for: self))
    }
    /// `self + weight * (end - self)` (`torch.lerp`).
    public func lerp(to end: Tensor, weight: Double) throws -> Tensor { try Operator.interpolate(self, end, weight) }
}

/// In-place operators write the result into the memory of the tensor on the left, which views share. Its element type
/// and shape stay unchanged.
extension Tensor {
    /// Adds in place (`torch.Tensor.add_`).
    public static func += (left: Tensor, right: Tensor) throws { try Operator.addInPlace.run(left, right) }
    /// Subtracts in place (`torch.Tensor.sub_`).
    public static func -= (left: Tensor, right: Tensor) throws { try Operator.subtractInPlace.run(left, right) }
    /// Multiplies in place (`torch.Tensor.mul_`).
    public static func *= (left: Tensor, right: Tensor) throws { try Operator.multiplyInPlace.run(left, right) }
    /// Divides in place (`torch.Tensor.div_`).
    public static func /= (left: Tensor, right: Tensor) throws { try Operator.divideInPlace.run(left, right) }
    /// Adds a number in place.
    public static func += <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws {
        try Operator.addScalarInPlace.run(left, right.number(for: left))
    }
    /// Subtracts a number in place.
    public static func -= <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws {
        try Operator.subtractScalarInPlace.run(left, right.number(for: left))
    }
    /// Multiplies by a number in place.
    public static func *= <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws {
        try Operator.multiplyScalarInPlace.run(left, right.number(for: left))
    }
    /// Divides by a number in place.
    public static func /= <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws {
        try Operator.divideScalarInPlace.run(left, right.number(for: left))
    }
    /// Sets all elements to zero (`torch.Tensor.zero_`).
    public func zero() throws { try Operator.zeroInPlace.run(self) }
    /// Sets all elements to a number (`torch.Tensor.fill_`).
    public func fill(_ value: Double) throws { try Operator.fillInPlace.run(self, value) }
    /// Sets all elements to uniform random numbers from LibTorch's generator (`torch.Tensor.uniform_`).
    public func fillUniform(from low: Double, to high: Double) throws {
        try Operator.uniformInPlace.run(self, low, high)
    }
    /// Sets all elements to normal random numbers from LibTorch's generator (`torch.Tensor.normal_`).
    public func fillNormal(mean: Double = 0, standardDeviation: Double = 1) throws {
        try Operator.normalInPlace.run(self, mean, standardDeviation)
    }
}
