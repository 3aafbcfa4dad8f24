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

/// Comparisons give a tensor of `bool`, element by element, with shapes broadcast. The signs begin with a dot, as
/// those of SIMD vectors do, since Swift's own give one `Bool`.
extension Tensor {
    /// Where the elements are equal (`torch.eq`).
    public static func .== (left: Tensor, right: Tensor) throws -> Tensor { try Operator.equal(left, right) }
    /// Where the elements differ (`torch.ne`).
    public static func .!= (left: Tensor, right: Tensor) throws -> Tensor { try Operator.notEqual(left, right) }
    /// Where the left element is less (`torch.lt`).
    public static func .< (left: Tensor, right: Tensor) throws -> Tensor { try Operator.less(left, right) }
    /// Where the left element is less or equal (`torch.le`).
    public static func .<= (left: Tensor, right: Tensor) throws -> Tensor { try Operator.lessEqual(left, right) }
    /// Where the left element is greater (`torch.gt`).
    public static func .> (left: Tensor, right: Tensor) throws -> Tensor { try Operator.greater(left, right) }
    /// Where the left element is greater or equal (`torch.ge`).
    public static func .>= (left: Tensor, right: Tensor) throws -> Tensor { try Operator.greaterEqual(left, right) }

    /// Where the elements equal a number.
    public static func .== <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.equalScalar(left, right.number(for: left))
    }
    /// Where the elements differ from a number.
    public static func .!= <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.notEqualScalar(left, right.number(for: left))
    }
    /// Where the elements are less than a number.
    public static func .< <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.lessScalar(left, right.number(for: left))
    }
    /// Where the elements are a number or less.
    public static func .<= <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.lessEqualScalar(left, right.number(for: left))
    }
    /// Where the elements are greater than a number.
    public static func .> <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.greaterScalar(left, right.number(for: left))
    }
    /// Where the elements are a number or greater.
    public static func .>= <Scalar: TensorScalar>(left: Tensor, right: Scalar) throws -> Tensor {
        try Operator.greaterEqualScalar(left, right.number(for: left))
    }

    /// Where the elements are neither infinite nor NaN (`torch.isfinite`).
    public func isFinite() throws -> Tensor { try Operator.isFinite(self) }
    /// Where the elements are infinite (`torch.isinf`).
    public func isInf() throws -> Tensor { try Operator.isInf(self) }
    /// Where the elements are NaN (`torch.isnan`).
    public func isNaN() throws -> Tensor { try Operator.isNaN(self) }
    /// Where `|self - other| <= absolute + relative |other|` (`torch.isclose`).
    public func isClose(
        _ other: Tensor, relative: Double = 1e-5, absolute: Double = 1e-8, equalNaN: Bool = false
    ) throws -> Tensor {
        try Operator.isClose(self, other, relative, absolute, equalNaN)
    }

    /// Whether all elements are close to those of `other`, as `isClose` defines it (`torch.allclose`).
    ///
    /// - Parameters:
    ///   - other: a tensor of a shape that broadcasts.
    ///   - relative: the tolerance relative to the magnitude of `other`.
    ///   - absolute: the absolute tolerance.
    ///   - equalNaN: whether NaN is close to NaN.
    public func allclose(
        _ other: Tensor, relative: Double = 1e-5, absolute: Double = 1e-8, equalNaN: Bool = false
    ) throws -> Bool {
        try Operator.allClose.number(self, other, relative, absolute, equalNaN) != 0
    }
    /// Whether both tensors have the same shape and the same elements (`torch.equal`).
    public func isEqual(to other: Tensor) throws -> Bool { try Operator.isEqual.number(self, other) != 0 }
}

/// Logic takes zero for false and all other elements for true, and gives `bool`.
extension Tensor {
    /// The opposite truth values (`torch.logical_not`).
    public func logicalNot() throws -> Tensor { try Operator.logicalNot(self) }
    /// Where both tensors are true (`torch.logical_and`).
    public func logicalAnd(_ other: Tensor) throws -> Tensor { try Operator.logicalAnd(self, other) }
    /// Where this or the other tensor is true, or both (`torch.logical_or`).
    public func logicalOr(_ other: Tensor) throws -> Tensor { try Operator.logicalOr(self, other) }
    /// Where one tensor alone is true (`torch.logical_xor`).
    public func logicalXor(_ other: Tensor) throws -> Tensor { try Operator.logicalXor(self, other) }

    /// `logicalNot()`.
    public static prefix func .! (operand: Tensor) throws -> Tensor { try operand.logicalNot() }
    /// `logicalAnd(_:)`.
    public static func .& (left: Tensor, right: Tensor) throws -> Tensor { try left.logicalAnd(right) }
    /// `logicalOr(_:)`.
    public static func .| (left: Tensor, right: Tensor) throws -> Tensor { try left.logicalOr(right) }
    /// `logicalXor(_:)`.
    public static func .^ (left: Tensor, right: Tensor) throws -> Tensor { try left.logicalXor(right) }

    /// The elements of `yes` where the condition is true, those of `no` elsewhere (`torch.where`). Shapes are broadcast.
    public static func `where`(_ condition: Tensor, _ yes: Tensor, _ no: Tensor) throws -> Tensor {
        try Operator.whereTensors(condition, yes, no)
    }
    /// The elements of `yes` where the condition is true, a number elsewhere (`torch.where`).
    public static func `where`<Scalar: TensorScalar>(
        _ condition: Tensor, _ yes: Tensor, _ no: Scalar
    ) throws -> Tensor {
        try Operator.whereScalarOther(condition, yes, no.number(for: yes))
    }
    /// A number where the condition is true, the elements of `no` elsewhere (`torch.where`).
    public static func `where`<Scalar: TensorScalar>(
        _ condition: Tensor, _ yes: Scalar, _ no: Tensor
    ) throws -> Tensor {
        try Operator.whereScalarSelf(condition, yes.number(for: no), no)
    }
}
