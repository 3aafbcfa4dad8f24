extension Operator {
    static let equal = Operator("aten::eq.Tensor")
    static let notEqual = Operator("aten::ne.Tensor")
    static let less = Operator("aten::lt.Tensor")
    static let lessEqual = Operator("aten::le.Tensor")
    static let greater = Operator("aten::gt.Tensor")
    static let greaterEqual = Operator("aten::ge.Tensor")
    static let equalScalar = Operator("aten::eq.Scalar")
    static let notEqualScalar = Operator("aten::ne.Scalar")
    static let lessScalar = Operator("aten::lt.Scalar")
    static let lessEqualScalar = Operator("aten::le.Scalar")
    static let greaterScalar = Operator("aten::gt.Scalar")
    static let greaterEqualScalar = Operator("aten::ge.Scalar")
    static let logicalNot = Operator("aten::logical_not")
    static let logicalAnd = Operator("aten::logical_and")
    static let logicalOr = Operator("aten::logical_or")
    static let logicalXor = Operator("aten::logical_xor")
    static let isFinite = Operator("aten::isfinite")
    static let isInf = Operator("aten::isinf")
    static let isNaN = Operator("aten::isnan")
    static let isClose = Operator("aten::isclose")
    static let allClose = Operator("aten::allclose")
    static let isEqual = Operator("aten::equal")
    static let whereTensors = Operator("aten::where.self")
    static let whereScalarOther = Operator("aten::where.ScalarOther")
    static let whereScalarSelf = Operator("aten::where.ScalarSelf")
}

/// Comparisons return a `bool` tensor, element by element, with broadcast shapes. The operators start with a dot, like
/// those of SIMD vectors, because Swift's own comparison operators return one `Bool`.
extension Tensor {
    /// Whether the elements are equal (`torch.eq`).
    public static func .== (left: Tensor, right: Tensor) throws -> Tensor { try Operator.equal(left, right) }
    /// Whether the elements differ (`torch.ne`).
    public static func .!= (left: Tensor, right: Tensor) throws -> Tensor { try Operator.notEqual(left, right) }
    /// Whether the left element is less (`torch.lt`).
    public static func .< (left: Tensor, right: Tensor) throws -> Tensor { try Operator.less(left, right) }
    /// Whether the left element is less or equal (`torch.le`).
    public static func .<= (left: Tensor, right: Tensor) throws -> Tensor { try Operator.lessEqual(left, right) }
    /// Whether the left element is greater (`torch.gt`).
    public static func .> (left: Tensor, right: Tensor) throws -> Tensor { try Operator.greater(left, right) }
    /// Whether the left element is greater or equal (`torch.ge`).
    public static func .>= (left: Tensor, right: Tensor) throws -> Tensor { try Operator.greaterEqual(left, right) }

    /// Whether the elements equal a number.
    public static func .== <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.equalScalar(left, right.number(for: left))
    }
    /// Whether the elements differ from a number.
    public static func .!= <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.notEqualScalar(left, right.number(for: left))
    }
    /// Whether the elements are less than a number.
    public static func .< <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.lessScalar(left, right.number(for: left))
    }
    /// Whether the elements are less than or equal to a number.
    public static func .<= <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.lessEqualScalar(left, right.number(for: left))
    }
    /// Whether the elements are greater than a number.
    public static func .> <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.greaterScalar(left, right.number(for: left))
    }
    /// Whether the elements are greater than or equal to a number.
    public static func .>= <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.greaterEqualScalar(left, right.number(for: left))
    }

    /// Whether the elements are neither infinite nor NaN (`torch.isfinite`).
    public func isFinite() throws -> Tensor { try Operator.isFinite(self) }
    /// Whether the elements are infinite (`torch.isinf`).
    public func isInf() throws -> Tensor { try Operator.isInf(self) }
    /// Whether the elements are NaN (`torch.isnan`).
    public func isNaN() throws -> Tensor { try Operator.isNaN(self) }
    /// Whether `|self - other| <= absolute + relative |other|` for each element (`torch.isclose`).
    public func isClose(
        _ other: Tensor, relative: Double = 1e-5, absolute: Double = 1e-8, equalNaN: Bool = false
    ) throws -> Tensor {
        try Operator.isClose(self, other, relative, absolute, equalNaN)
    }

    /// Whether all elements are close to those of `other`, as `isClose` defines it (`torch.allclose`).
    ///
    /// - Parameters:
    ///   - other: A tensor of a shape that broadcasts.
    ///   - relative: The tolerance relative to the magnitude of `other`.
    ///   - absolute: The absolute tolerance.
    ///   - equalNaN: Whether NaN is close to NaN.
    public func allclose(
        _ other: Tensor, relative: Double = 1e-5, absolute: Double = 1e-8, equalNaN: Bool = false
    ) throws -> Bool {
        try Operator.allClose.number(self, other, relative, absolute, equalNaN) != 0
    }
    /// Whether both tensors have the same shape and the same elements (`torch.equal`).
    public func isEqual(to other: Tensor) throws -> Bool { try Operator.isEqual.number(self, other) != 0 }
}

/// Logical operators treat zero as false and all other elements as true, and return `bool`.
extension Tensor {
    /// The negation of each element (`torch.logical_not`).
    public func logicalNot() throws -> Tensor { try Operator.logicalNot(self) }
    /// Whether both elements are true (`torch.logical_and`).
    public func logicalAnd(_ other: Tensor) throws -> Tensor { try Operator.logicalAnd(self, other) }
    /// Whether at least one of the two elements is true (`torch.logical_or`).
    public func logicalOr(_ other: Tensor) throws -> Tensor { try Operator.logicalOr(self, other) }
    /// Whether exactly one of the two elements is true (`torch.logical_xor`).
    public func logicalXor(_ other: Tensor) throws -> Tensor { try Operator.logicalXor(self, other) }

    /// `logicalNot()`.
    public static prefix func .! (operand: Tensor) throws -> Tensor { try operand.logicalNot() }
    /// `logicalAnd(_:)`.
    public static func .& (left: Tensor, right: Tensor) throws -> Tensor { try left.logicalAnd(right) }
    /// `logicalOr(_:)`.
    public static func .| (left: Tensor, right: Tensor) throws -> Tensor { try left.logicalOr(right) }
    /// `logicalXor(_:)`.
    public static func .^ (left: Tensor, right: Tensor) throws -> Tensor { try left.logicalXor(right) }

    /// The elements of `yes` where the condition is true, otherwise those of `no` (`torch.where`). Shapes are
    /// broadcast.
    public static func `where`(_ condition: Tensor, _ yes: Tensor, _ no: Tensor) throws -> Tensor {
        try Operator.whereTensors(condition, yes, no)
    }
    /// The elements of `yes` where the condition is true, otherwise a number (`torch.where`).
    public static func `where`<Scalar: TensorScalar>(
        _ condition: Tensor, _ yes: Tensor, _ no: Scalar
    ) throws -> Tensor {
        try Operator.whereScalarOther(condition, yes, no.number(for: yes))
    }
    /// A number where the condition is true, otherwise the elements of `no` (`torch.where`).
    public static func `where`<Scalar: TensorScalar>(
        _ condition: Tensor, _ yes: Scalar, _ no: Tensor
    ) throws -> Tensor {
        try Operator.whereScalarSelf(condition, yes.number(for: no), no)
    }
}
