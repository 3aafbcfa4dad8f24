extension Operator {
    static let indexSelect = Operator("aten::index_select")
    static let gather = Operator("aten::gather")
    static let takeAlongDim = Operator("aten::take_along_dim")
    static let scatter = Operator("aten::scatter.src")
    static let scatterValue = Operator("aten::scatter.value")
    static let scatterAdd = Operator("aten::scatter_add")
    static let indexAdd = Operator("aten::index_add")
    static let maskedFill = Operator("aten::masked_fill.Scalar")
    static let maskedSelect = Operator("aten::masked_select")
    static let nonzero = Operator("aten::nonzero")
    static let oneHot = Operator("aten::one_hot")
}

/// Elements by their places. Indices are int64 and count from 0; one that a dimension does not have is an error. A negative
/// dimension counts from the end.
extension Tensor {
    /// The slices of a dimension that `index` (`[K]`) names, as a copy: `[5, 3]` along `dim: 0` to `[K, 3]`
    /// (`torch.index_select`).
    public func indexSelect(dim: Int, index: Tensor) throws -> Tensor { try Operator.indexSelect(self, dim, index) }

    /// Along a dimension, the element that `index` names in each place: the result has the shape of `index`
    /// (`torch.gather`).
    ///
    /// For `dim: 1`, `result[i, j]` is `self[i, index[i, j]]`.
    public func gather(dim: Int, index: Tensor) throws -> Tensor { try Operator.gather(self, dim, index) }

    /// `gather` with shapes broadcast, for the indices that `argsort` or `argmax` with `keepDim` give
    /// (`torch.take_along_dim`).
    public func takeAlong(dim: Int, index: Tensor) throws -> Tensor { try Operator.takeAlongDim(self, index, dim) }

    /// A copy with the elements of `source` at the places along a dimension that `index`, of the same shape, names
    /// (`torch.scatter`): the reverse of `gather`.
    ///
    /// For `dim: 1`, `result[i, index[i, j]]` is `source[i, j]`.
    public func scatter(dim: Int, index: Tensor, source: Tensor) throws -> Tensor {
        try Operator.scatter(self, dim, index, source)
    }

    /// A copy with `value` at the places along a dimension that `index` names (`torch.scatter`).
    public func scatter(dim: Int, index: Tensor, value: Double) throws -> Tensor {
        try Operator.scatterValue(self, dim, index, value)
    }

    /// A copy with the elements of `source` added at the places along a dimension that `index`, of the same shape, names
    /// (`torch.scatter_add`).
    public func scatterAdd(dim: Int, index: Tensor, source: Tensor) throws -> Tensor {
        try Operator.scatterAdd(self, dim, index, source)
    }

    /// A copy with the slices of `source` added to the slices of a dimension that `index` (`[K]`) names
    /// (`torch.index_add`).
    public func indexAdd(dim: Int, index: Tensor, source: Tensor) throws -> Tensor {
        try Operator.indexAdd(self, dim, index, source)
    }

    /// A copy with `value` where `mask` is true (`torch.masked_fill`).
    public func maskedFill(_ mask: Tensor, _ value: Double) throws -> Tensor {
        try Operator.maskedFill(self, mask, value)
    }

    /// The elements where `mask` is true, one after the other: any shape to `[K]` (`torch.masked_select`).
    public func maskedSelect(_ mask: Tensor) throws -> Tensor { try Operator.maskedSelect(self, mask) }

    /// The places of the elements that are not zero, int64: any shape of rank R to `[K, R]` (`torch.nonzero`).
    public func nonzero() throws -> Tensor { try Operator.nonzero(self) }

    /// 1 in the place that each integer names and 0 elsewhere, int64: `[N]` to `[N, classCount]`
    /// (`torch.nn.functional.one_hot`).
    ///
    /// - Parameter classCount: nil takes the greatest integer and one more.
    public func oneHot(classCount: Int? = nil) throws -> Tensor { try Operator.oneHot(self, classCount ?? -1) }

    /// The elements that tensors of indices or a mask pick, as a copy; nil leaves a dimension whole.
    public func indexed(by indices: [Tensor?]) throws -> Tensor { try Operator.index(self, indices) }

    /// Writes `values` where tensors of indices or a mask point (`torch.index_put_`).
    ///
    /// - Parameters:
    ///   - values: the new values, of a shape that broadcasts.
    ///   - indices: a tensor of indices or a mask for each dimension; nil leaves a dimension whole.
    ///   - accumulate: adds them instead, each where an index comes more than once.
    public func put(_ values: Tensor, at indices: [Tensor?], accumulate: Bool = false) throws {
        try Operator.indexPut.run(self, indices, values, accumulate)
    }
}
