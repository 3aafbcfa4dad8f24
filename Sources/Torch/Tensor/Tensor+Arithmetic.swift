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
    static let multiplyScalarInPlace = Operator("aten::mul_.Scalar")
    static let divideScalarInPlace = Operator("aten::div_.Scalar")
    static let addScalarInPlace = Operator("aten::add_.Scalar")
    static let negate = Operator("aten::neg")
    static let power = Operator("aten::pow.Tensor_Scalar")
    static let squareRoot = Operator("aten::sqrt")
    static let exponential = Operator("aten::exp")
    static let logarithm = Operator("aten::log")
    static let absolute = Operator("aten::abs")
    static let reciprocal = Operator("aten::reciprocal")
    static let clamp = Operator("aten::clamp")
    static let remainder = Operator("aten::remainder.Scalar")
    static let matmul = Operator("aten::matmul")
    static let sigmoid = Operator("aten::sigmoid")
    static let softmax = Operator("aten::softmax.int")
    static let logSoftmax = Operator("aten::log_softmax.int")
    static let zeroInPlace = Operator("aten::zero_")
    static let fillInPlace = Operator("aten::fill_.Scalar")
    static let uniformInPlace = Operator("aten::uniform_")
    static let normalInPlace = Operator("aten::normal_")
}

extension Tensor {
    /// The sum, element by element, with shapes broadcast.
    public static func + (left: Tensor, right: Tensor) throws -> Tensor { try Operator.add(left, right) }
    /// The difference, element by element, with shapes broadcast.
    public static func - (left: Tensor, right: Tensor) throws -> Tensor { try Operator.subtract(left, right) }
    /// The product, element by element, with shapes broadcast.
    public static func * (left: Tensor, right: Tensor) throws -> Tensor { try Operator.multiply(left, right) }
    /// The quotient, element by element, with shapes broadcast.
    public static func / (left: Tensor, right: Tensor) throws -> Tensor { try Operator.divide(left, right) }

    /// A number added to each element.
    public static func + (left: Tensor, right: Double) throws -> Tensor { try Operator.addScalar(left, right) }
    /// A number taken from each element.
    public static func - (left: Tensor, right: Double) throws -> Tensor { try Operator.subtractScalar(left, right) }
    /// Each element times a number.
    public static func * (left: Tensor, right: Double) throws -> Tensor { try Operator.multiplyScalar(left, right) }
    /// Each element divided by a number.
    public static func / (left: Tensor, right: Double) throws -> Tensor { try Operator.divideScalar(left, right) }
    /// Each element added to a number.
    public static func + (left: Double, right: Tensor) throws -> Tensor { try Operator.addScalar(right, left) }
    /// Each element taken from a number.
    public static func - (left: Double, right: Tensor) throws -> Tensor { try Operator.reverseSubtract(right, left) }
    /// A number times each element.
    public static func * (left: Double, right: Tensor) throws -> Tensor { try Operator.multiplyScalar(right, left) }
    /// A number divided by each element.
    public static func / (left: Double, right: Tensor) throws -> Tensor { try Operator.reciprocal(right) * left }

    /// Each element with its sign changed.
    public static prefix func - (operand: Tensor) throws -> Tensor { try Operator.negate(operand) }

    /// Adds in place, into this tensor's memory.
    public func add(inPlace other: Tensor) throws { try Operator.addInPlace.run(self, other) }
    /// Subtracts in place, in this tensor's memory.
    public func subtract(inPlace other: Tensor) throws { try Operator.subtractInPlace.run(self, other) }
    /// Multiplies in place, in this tensor's memory.
    public func multiply(inPlace other: Tensor) throws { try Operator.multiplyInPlace.run(self, other) }
    /// Divides in place, in this tensor's memory.
    public func divide(inPlace other: Tensor) throws { try Operator.divideInPlace.run(self, other) }
    /// Adds a number in place.
    public func add(inPlace number: Double) throws { try Operator.addScalarInPlace.run(self, number) }
    /// Multiplies by a number in place.
    public func multiply(inPlace number: Double) throws { try Operator.multiplyScalarInPlace.run(self, number) }
    /// Divides by a number in place.
    public func divide(inPlace number: Double) throws { try Operator.divideScalarInPlace.run(self, number) }
    /// Sets all elements to zero.
    public func zero() throws { try Operator.zeroInPlace.run(self) }
    /// Sets all elements to a number.
    public func fill(_ value: Double) throws { try Operator.fillInPlace.run(self, value) }
    /// Sets all elements to uniform random numbers of LibTorch's generator.
    public func fillUniform(from low: Double, to high: Double) throws {
        try Operator.uniformInPlace.run(self, low, high)
    }
    /// Sets all elements to normal random numbers of LibTorch's generator.
    public func fillNormal(mean: Double = 0, standardDeviation: Double = 1) throws {
        try Operator.normalInPlace.run(self, mean, standardDeviation)
    }

    /// Each element to a power.
    public func pow(_ exponent: Double) throws -> Tensor { try Operator.power(self, exponent) }
    /// The square root of each element.
    public func sqrt() throws -> Tensor { try Operator.squareRoot(self) }
    /// e to the power of each element.
    public func exp() throws -> Tensor { try Operator.exponential(self) }
    /// The natural logarithm of each element.
    public func log() throws -> Tensor { try Operator.logarithm(self) }
    /// The magnitude of each element.
    public func abs() throws -> Tensor { try Operator.absolute(self) }
    /// Each element, no less than `low` and no more than `high`; nil leaves a side open.
    public func clamp(_ low: Double?, _ high: Double?) throws -> Tensor { try Operator.clamp(self, low, high) }
    /// The remainder with the sign of the divisor, as Python's `%`.
    public func remainder(_ divisor: Int) throws -> Tensor { try Operator.remainder(self, divisor) }
    /// The product of matrices, batched and broadcast as `torch.matmul` does.
    public func matmul(_ other: Tensor) throws -> Tensor { try Operator.matmul(self, other) }
    /// 1 / (1 + e^-x) of each element.
    public func sigmoid() throws -> Tensor { try Operator.sigmoid(self) }
    /// e^x divided by the sum of e^x along a dimension.
    public func softmax(_ dimension: Int) throws -> Tensor { try Operator.softmax(self, dimension) }
    /// The logarithm of `softmax`, computed stably.
    public func logSoftmax(_ dimension: Int) throws -> Tensor { try Operator.logSoftmax(self, dimension) }
}
