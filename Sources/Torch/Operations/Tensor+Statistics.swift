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

/// Order and counts. A negative dimension counts from the end; one that the tensor does not have is an error.
extension Tensor {
    /// The elements in order along a dimension, and the indices they had there (int64): any shape to two of the same
    /// (`torch.sort`). Equal elements keep their order.
    public func sort(dim: Int = -1, descending: Bool = false) throws -> (values: Tensor, indices: Tensor) {
        try Operator.sort.pair(self, true, dim, descending)
    }

    /// The indices along a dimension that put the elements in order, int64: any shape to the same (`torch.argsort`).
    public func argsort(dim: Int = -1, descending: Bool = false) throws -> Tensor {
        try sort(dim: dim, descending: descending).indices
    }

    /// The `count` largest elements along a dimension, largest first, and their indices (int64): `[N, C]` to `[N, count]`
    /// (`torch.topk`).
    public func topk(_ count: Int, dim: Int = -1) throws -> (values: Tensor, indices: Tensor) {
        try Operator.topk.pair(self, count, dim)
    }

    /// The median of all elements, the lower one of two: a scalar (`torch.median`).
    public func median() throws -> Tensor { try Operator.median(self) }

    /// The medians along a dimension, the lower one of two, and their indices there (int64): `[2, 3, 4]` along `dim: 1` to
    /// `[2, 4]` (`torch.median`).
    public func median(dim: Int, keepDim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
        try Operator.medianDim.pair(self, dim, keepDim)
    }

    /// The value that a fraction `q` of the elements lies below, interpolated between neighbors (`torch.quantile`).
    ///
    /// - Parameters:
    ///   - q: from 0 to 1; 0.5 is the median.
    ///   - dim: nil takes all elements, for a scalar.
    ///   - keepDim: keeps the reduced dimension with size 1.
    public func quantile(_ q: Double, dim: Int? = nil, keepDim: Bool = false) throws -> Tensor {
        try Operator.quantile(self, q, dim, keepDim)
    }

    /// Several quantiles at once: `[2, 3]` along `dim: 1` to `[K, 2]` for K fractions (`torch.quantile`).
    public func quantile(_ q: [Double], dim: Int? = nil, keepDim: Bool = false) throws -> Tensor {
        try Operator.quantiles(self, Tensor(q).to(dtype).to(device), dim, keepDim)
    }

    /// The different elements in ascending order, `[K]`; with `dim`, the different slices of that dimension
    /// (`torch.unique`).
    public func unique(dim: Int? = nil) throws -> Tensor {
        if let dim { return try Operator.uniqueDim.tensors(self, dim)[0] }
        return try Operator.unique.tensors(self)[0]
    }

    /// The different elements in ascending order, `[K]`, for each element its index among these (int64, of this tensor's
    /// shape), and how often each is there (int64, `[K]`) (`torch.unique` with `return_inverse` and `return_counts`).
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

    /// How often each integer from 0 is there: `[N]` to `[max + 1]`, int64, or as many as `minLength` (`torch.bincount`).
    ///
    /// - Parameters:
    ///   - weights: `[N]`: what each element counts, where not 1.
    ///   - minLength: the smallest length of the result.
    public func bincount(weights: Tensor? = nil, minLength: Int = 0) throws -> Tensor {
        try Operator.bincount(self, weights, minLength)
    }
}
