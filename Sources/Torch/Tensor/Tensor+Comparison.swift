extension Operator {
    static let equal = Operator("aten::eq.Tensor")
    static let equalScalar = Operator("aten::eq.Scalar")
    static let less = Operator("aten::lt.Tensor")
    static let lessScalar = Operator("aten::lt.Scalar")
    static let greater = Operator("aten::gt.Tensor")
    static let greaterScalar = Operator("aten::gt.Scalar")
    static let lessEqual = Operator("aten::le.Tensor")
    static let greaterEqual = Operator("aten::ge.Tensor")
    static let notEqual = Operator("aten::ne.Tensor")
    static let logicalNot = Operator("aten::logical_not")
    static let logicalOr = Operator("aten::logical_or")
    static let isFinite = Operator("aten::isfinite")
    static let all = Operator("aten::all")
    static let any = Operator("aten::any")
    static let chooseWhere = Operator("aten::where.self")
}

/// Comparisons give a tensor of `bool`, element by element, with shapes broadcast. The signs begin with a dot, as
/// those of SIMD vectors do, since Swift's own give one `Bool`.
extension Tensor {
    /// Where the elements are equal.
    public static func .== (left: Tensor, right: Tensor) throws -> Tensor { try Operator.equal(left, right) }
    /// Where the elements differ.
    public static func .!= (left: Tensor, right: Tensor) throws -> Tensor { try Operator.notEqual(left, right) }
    /// Where the left element is less.
    public static func .< (left: Tensor, right: Tensor) throws -> Tensor { try Operator.less(left, right) }
    /// Where the left element is greater.
    public static func .> (left: Tensor, right: Tensor) throws -> Tensor { try Operator.greater(left, right) }
    /// Where the left element is less or equal.
    public static func .<= (left: Tensor, right: Tensor) throws -> Tensor { try Operator.lessEqual(left, right) }
    /// Where the left element is greater or equal.
    public static func .>= (left: Tensor, right: Tensor) throws -> Tensor { try Operator.greaterEqual(left, right) }
    /// Where the elements equal a number.
    public static func .== (left: Tensor, right: Double) throws -> Tensor { try Operator.equalScalar(left, right) }
    /// Where the elements are less than a number.
    public static func .< (left: Tensor, right: Double) throws -> Tensor { try Operator.lessScalar(left, right) }
    /// Where the elements are greater than a number.
    public static func .> (left: Tensor, right: Double) throws -> Tensor { try Operator.greaterScalar(left, right) }

    /// The opposite truth values.
    public func logicalNot() throws -> Tensor { try Operator.logicalNot(self) }
    /// Where this or the other tensor is true, or both.
    public func logicalOr(_ other: Tensor) throws -> Tensor { try Operator.logicalOr(self, other) }
    /// Where the elements are neither infinite nor NaN.
    public func isFinite() throws -> Tensor { try Operator.isFinite(self) }
    /// Whether all elements are true (not zero), a scalar of `bool`.
    public func all() throws -> Tensor { try Operator.all(self) }
    /// Whether some element is true (not zero), a scalar of `bool`.
    public func any() throws -> Tensor { try Operator.any(self) }

    /// The elements of `yes` where the condition holds, those of `no` elsewhere.
    public static func choose(where condition: Tensor, _ yes: Tensor, _ no: Tensor) throws -> Tensor {
        try Operator.chooseWhere(condition, yes, no)
    }
}
