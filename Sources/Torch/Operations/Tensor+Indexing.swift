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

/// Access to elements by index. Indices are int64 and start at 0; an index out of range is an error. Negative
/// dimensions count from the end.
extension Tensor {
    /// Returns a copy of the slices of a dimension that `index` (`[K]`) selects: `[5, 3]` with `dim: 0` gives `[K, 3]`
    /// (`torch.index_select`).
    public func indexSelect(dim: Int, index: Tensor) throws -> Tensor { try Operator.indexSelect(self, dim, index) }

    /// Returns, for each position of `index`, the element at that index along a dimension. The result has the shape of
    /// `index` (`torch.gather`).
    ///
    /// For `dim: 1`, `result[i, j]` is `self[i, index[i, j]]`.
    public func gather(dim: Int, index: Tensor) throws -> Tensor { try Operator.gather(self, dim, index) }

    /// Like `gather`, with broadcast shapes, for the indices that `argsort` or `argmax` with `keepDim` return
    /// (`torch.take_along_dim`).
    public func takeAlong(dim: Int, index: Tensor) throws -> Tensor { try Operator.takeAlongDim(self, index, dim) }

    /// Returns a copy in which the elements of `source` are written at the indices in `index`, of the same shape, along
    /// a dimension (`torch.scatter`). This is the reverse of `gather`.
    ///
    /// For `dim: 1`, `result[i, index[i, j]]` is `source[i, j]`.
    public func scatter(dim: Int, index: Tensor, source: Tensor) throws -> Tensor {
        try Operator.scatter(self, dim, index, source)
    }

    /// Returns a copy in which `value` is written at the indices in `index` along a dimension (`torch.scatter`).
    public func scatter(dim: Int, index: Tensor, value: Double) throws -> Tensor {
        try Operator.scatterValue(self, dim, index, value)
    }

    /// Returns a copy in which the elements of `source` are added at the indices in `index`, of the same shape, along a
    /// dimension (`torch.scatter_add`).
    public func scatterAdd(dim: Int, index: Tensor, source: Tensor) throws -> Tensor {
        try Operator.scatterAdd(self, dim, index, source)
    }

    /// Returns a copy in which the slices of `source` are added to the slices of a dimension that `index` (`[K]`)
    /// selects (`torch.index_add`).
    public func indexAdd(dim: Int, index: Tensor, source: Tensor) throws -> Tensor {
        try Operator.indexAdd(self, dim, index, source)
    }

    /// Returns a copy with `value` where `mask` is true (`torch.masked_fill`).
    public func maskedFill(_ mask: Tensor, _ value: Double) throws -> Tensor {
        try Operator.maskedFill(self, mask, value)
    }

    /// The elements where `mask` is true, in one dimension: any shape gives `[K]` (`torch.masked_select`).
    public func maskedSelect(_ mask: Tensor) throws -> Tensor { try Operator.maskedSelect(self, mask) }

    /// The indices of the elements that are not zero, int64: a tensor of rank R gives `[K, R]` (`torch.nonzero`).
    public func nonzero() throws -> Tensor { try Operator.nonzero(self) }

    /// The one-hot encoding of class indices, int64: `[N]` gives `[N, classCount]` (`torch.nn.functional.one_hot`).
    ///
    /// - Parameter classCount: The number of classes, or nil for the largest index plus one.
    public func oneHot(classCount: Int? = nil) throws -> Tensor { try Operator.oneHot(self, classCount ?? -1) }

    /// Returns a copy of the elements that index tensors or a mask select. Nil selects a whole dimension.
    public func indexed(by indices: [Tensor?]) throws -> Tensor { try Operator.index(self, indices) }

    /// Writes `values` at the positions that index tensors or a mask select (`torch.index_put_`).
    ///
    /// - Parameters:
    ///   - values: The new values, of a shape that broadcasts.
    ///   - indices: An index tensor or a mask for each dimension. Nil selects a whole dimension.
    ///   - accumulate: Whether to add the values to the elements; repeated indices accumulate.
    public func put(_ values: Tensor, at indices: [Tensor?], accumulate: Bool = false) throws {
        try Operator.indexPut.run(self, indices, values, accumulate)
    }
}
