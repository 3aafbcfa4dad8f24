extension Operator {
    static let topk = Operator("aten::topk")
    static let sort = Operator("aten::sort.stable")
    static let median = Operator("aten::median")
    static let medianDim = Operator("aten::median.dim")
    static let quantile = Operator("aten::quantile.scalar")
    static let quantiles = Operator("aten::quantile")
    static let unique = Operator("aten::_unique2")
    static let uniqueDim = Operator("aten::unique_dim")
    static let bincount = Operator("aten::bincount")
}

/// Sorting and counting. Negative dimensions count from the end; a dimension out of range is an error.
extension Tensor {
    /// Sorts the elements along a dimension. Returns the values and their previous indices (int64), both of the same
    /// shape (`torch.sort`). Equal elements keep their order.
    public func sort(dim: Int = -1, descending: Bool = false) throws -> (values: Tensor, indices: Tensor) {
        try Operator.sort.pair(self, true, dim, descending)
    }

    /// The indices that sort the elements along a dimension, int64, of the same shape (`torch.argsort`).
    public func argsort(dim: Int = -1, descending: Bool = false) throws -> Tensor {
        try sort(dim: dim, descending: descending).indices
    }

    /// The `count` largest elements along a dimension, largest first, and their indices (int64): `[N, C]` gives `[N,
    /// count]` (`torch.topk`).
    public func topk(_ count: Int, dim: Int = -1) throws -> (values: Tensor, indices: Tensor) {
        try Operator.topk.pair(self, count, dim)
    }

    /// The median of all elements, the lower one of two, as a scalar (`torch.median`).
    public func median() throws -> Tensor { try Operator.median(self) }

    /// The medians along a dimension, the lower one of two, and their indices (int64): `[2, 3, 4]` with `dim: 1` gives
    /// `[2, 4]` (`torch.median`).
    public func median(dim: Int, keepDim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
        try Operator.medianDim.pair(self, dim, keepDim)
    }

    /// The value below which a fraction `q` of the elements lies, interpolated between neighbors (`torch.quantile`).
    ///
    /// - Parameters:
    ///   - q: The fraction from 0 to 1; 0.5 is the median.
    ///   - dim: The dimension, or nil for all elements and a scalar result.
    ///   - keepDim: Whether to keep the reduced dimension with size 1.
    public func quantile(_ q: Double, dim: Int? = nil, keepDim: Bool = false) throws -> Tensor {
        try Operator.quantile(self, q, dim, keepDim)
    }

    /// Several quantiles at once: `[2, 3]` with `dim: 1` gives `[K, 2]` for K fractions (`torch.quantile`).
    public func quantile(_ q: [Double], dim: Int? = nil, keepDim: Bool = false) throws -> Tensor {
        try Operator.quantiles(self, Tensor(q).to(dtype).to(device), dim, keepDim)
    }

    /// The unique elements in ascending order, `[K]`; with `dim`, the unique slices of that dimension (`torch.unique`).
    public func unique(dim: Int? = nil) throws -> Tensor {
        if let dim { return try Operator.uniqueDim.tensors(self, dim)[0] }
        return try Operator.unique.tensors(self)[0]
    }

    /// The unique elements in ascending order, `[K]`, the index of each element among them (int64, of this tensor's
    /// shape), and their counts (int64, `[K]`) (`torch.unique` with `return_inverse` and `return_counts`).
    ///
    /// With `dim`, the same for the slices of that dimension.
    public func uniqueWithCounts(dim: Int? = nil) throws -> (values: Tensor, inverse: Tensor, counts: Tensor) {
        let results =
            if let dim {
                try Operator.uniqueDim.tensors(self, dim, true, true, true)
            } else {
                try Operator.unique.tensors(self, true, true, true)
            }
        return (results[0], results[1], results[2])
    }

    /// The number of occurrences of each integer from 0: `[N]` gives `[max + 1]`, or at least `minLength`, int64
    /// (`torch.bincount`).
    ///
    /// - Parameters:
    ///   - weights: The weight of each element, `[N]`; 1 by default.
    ///   - minLength: The minimum length of the result.
    public func bincount(weights: Tensor? = nil, minLength: Int = 0) throws -> Tensor {
        try Operator.bincount(self, weights, minLength)
    }
}
