extension Operator {
    static let sum = Operator("aten::sum")
    static let sumDims = Operator("aten::sum.dim_IntList")
    static let mean = Operator("aten::mean")
    static let meanDims = Operator("aten::mean.dim")
    static let variance = Operator("aten::var.correction")
    static let std = Operator("aten::std.correction")
    static let prod = Operator("aten::prod")
    static let prodDim = Operator("aten::prod.dim_int")
    static let minimum = Operator("aten::min")
    static let minimumDim = Operator("aten::min.dim")
    static let minimumDims = Operator("aten::amin")
    static let maximum = Operator("aten::max")
    static let maximumDim = Operator("aten::max.dim")
    static let maximumDims = Operator("aten::amax")
    static let argmax = Operator("aten::argmax")
    static let argmin = Operator("aten::argmin")
    static let norm = Operator("aten::linalg_vector_norm")
    static let logsumexp = Operator("aten::logsumexp")
    static let countNonzero = Operator("aten::count_nonzero")
    static let countNonzeroDims = Operator("aten::count_nonzero.dim_IntList")
    static let all = Operator("aten::all")
    static let allDims = Operator("aten::all.dims")
    static let any = Operator("aten::any")
    static let anyDims = Operator("aten::any.dims")
    static let cumsum = Operator("aten::cumsum")
    static let cumprod = Operator("aten::cumprod")
}

/// Reductions have the same forms: over all elements, along one dimension (`dim:`), along several dimensions (`dims:`).
///
/// Over all elements, any shape gives a scalar, `[]`. Reduced dimensions are removed: `[2, 3, 4]` with `dim: 1` gives
/// `[2, 4]`, or `[2, 1, 4]` with `keepDim: true`. Negative dimensions count from the end. A dimension out of range is
/// an error.
extension Tensor {
    /// The sum of all elements (`torch.sum`).
    public func sum() throws -> Tensor { try Operator.sum(self) }
    /// The sums along a dimension (`torch.sum`).
    public func sum(dim: Int, keepDim: Bool = false) throws -> Tensor { try sum(dims: [dim], keepDim: keepDim) }
    /// The sums along dimensions (`torch.sum`).
    public func sum(dims: [Int], keepDim: Bool = false) throws -> Tensor { try Operator.sumDims(self, dims, keepDim) }

    /// The mean of all elements (`torch.mean`).
    public func mean() throws -> Tensor { try Operator.mean(self) }
    /// The means along a dimension (`torch.mean`).
    public func mean(dim: Int, keepDim: Bool = false) throws -> Tensor { try mean(dims: [dim], keepDim: keepDim) }
    /// The means along dimensions (`torch.mean`).
    public func mean(dims: [Int], keepDim: Bool = false) throws -> Tensor {
        try Operator.meanDims(self, dims, keepDim)
    }

    /// The variance of all elements (`torch.var`); `correction` 1 divides by N - 1, 0 by N.
    public func variance(correction: Int = 1) throws -> Tensor {
        try Operator.variance(self, [Int]?.none, correction, false)
    }
    /// The variances along a dimension (`torch.var`); `correction` 1 divides by N - 1, 0 by N.
    public func variance(dim: Int, correction: Int = 1, keepDim: Bool = false) throws -> Tensor {
        try variance(dims: [dim], correction: correction, keepDim: keepDim)
    }
    /// The variances along dimensions (`torch.var`); `correction` 1 divides by N - 1, 0 by N.
    public func variance(dims: [Int], correction: Int = 1, keepDim: Bool = false) throws -> Tensor {
        try Operator.variance(self, dims, correction, keepDim)
    }

    /// The standard deviation of all elements (`torch.std`); `correction` 1 divides by N - 1, 0 by N.
    public func std(correction: Int = 1) throws -> Tensor { try Operator.std(self, [Int]?.none, correction, false) }
    /// The standard deviations along a dimension (`torch.std`); `correction` 1 divides by N - 1, 0 by N.
    public func std(dim: Int, correction: Int = 1, keepDim: Bool = false) throws -> Tensor {
        try std(dims: [dim], correction: correction, keepDim: keepDim)
    }
    /// The standard deviations along dimensions (`torch.std`); `correction` 1 divides by N - 1, 0 by N.
    public func std(dims: [Int], correction: Int = 1, keepDim: Bool = false) throws -> Tensor {
        try Operator.std(self, dims, correction, keepDim)
    }

    /// The product of all elements (`torch.prod`).
    public func prod() throws -> Tensor { try Operator.prod(self) }
    /// The products along a dimension (`torch.prod`).
    public func prod(dim: Int, keepDim: Bool = false) throws -> Tensor { try Operator.prodDim(self, dim, keepDim) }

    /// The norm of all elements as one vector (`torch.linalg.vector_norm`).
    ///
    /// - Parameter p: The order: 2 for the Euclidean norm, 1 for the sum of absolute values, infinity for the maximum.
    public func norm(p: Double = 2) throws -> Tensor { try Operator.norm(self, p) }
    /// The norms along a dimension (`torch.linalg.vector_norm`), of order `p`.
    public func norm(p: Double = 2, dim: Int, keepDim: Bool = false) throws -> Tensor {
        try norm(p: p, dims: [dim], keepDim: keepDim)
    }
    /// The norms along dimensions (`torch.linalg.vector_norm`), of order `p`.
    public func norm(p: Double = 2, dims: [Int], keepDim: Bool = false) throws -> Tensor {
        try Operator.norm(self, p, dims, keepDim)
    }
    /// The vectors along a dimension divided by their Euclidean norm, or by `epsilon` if that is larger
    /// (`torch.nn.functional.normalize`). The shape stays the same.
    public func normalized(dim: Int, epsilon: Double = 1e-12) throws -> Tensor {
        try self / norm(dim: dim, keepDim: true).clamp(min: epsilon)
    }

    /// The logarithm of the sum of eˣ along a dimension, numerically stable (`torch.logsumexp`).
    public func logsumexp(dim: Int, keepDim: Bool = false) throws -> Tensor {
        try logsumexp(dims: [dim], keepDim: keepDim)
    }
    /// The logarithm of the sum of eˣ along dimensions, numerically stable (`torch.logsumexp`).
    public func logsumexp(dims: [Int], keepDim: Bool = false) throws -> Tensor {
        try Operator.logsumexp(self, dims, keepDim)
    }

    /// The number of elements that are not zero, int64 (`torch.count_nonzero`).
    public func countNonzero() throws -> Tensor { try Operator.countNonzero(self) }
    /// The number of elements along a dimension that are not zero, int64 (`torch.count_nonzero`).
    public func countNonzero(dim: Int) throws -> Tensor { try countNonzero(dims: [dim]) }
    /// The number of elements along dimensions that are not zero, int64 (`torch.count_nonzero`).
    public func countNonzero(dims: [Int]) throws -> Tensor { try Operator.countNonzeroDims(self, dims) }

    /// Whether all elements are true (not zero), `bool` (`torch.all`).
    public func all() throws -> Tensor { try Operator.all(self) }
    /// Whether all elements along a dimension are true, `bool` (`torch.all`).
    public func all(dim: Int, keepDim: Bool = false) throws -> Tensor { try Operator.allDims(self, [dim], keepDim) }
    /// Whether all elements along dimensions are true, `bool` (`torch.all`).
    public func all(dims: [Int], keepDim: Bool = false) throws -> Tensor { try Operator.allDims(self, dims, keepDim) }

    /// Whether any element is true (not zero), `bool` (`torch.any`).
    public func any() throws -> Tensor { try Operator.any(self) }
    /// Whether any element along a dimension is true, `bool` (`torch.any`).
    public func any(dim: Int, keepDim: Bool = false) throws -> Tensor { try Operator.anyDims(self, [dim], keepDim) }
    /// Whether any element along dimensions is true, `bool` (`torch.any`).
    public func any(dims: [Int], keepDim: Bool = false) throws -> Tensor { try Operator.anyDims(self, dims, keepDim) }
}

/// Minimum and maximum.
extension Tensor {
    /// The smallest element (`torch.min`).
    public func min() throws -> Tensor { try Operator.minimum(self) }
    /// The smallest elements along a dimension and their indices (int64) (`torch.min`).
    public func min(dim: Int, keepDim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
        try Operator.minimumDim.pair(self, dim, keepDim)
    }
    /// The smallest elements along dimensions (`torch.amin`).
    public func min(dims: [Int], keepDim: Bool = false) throws -> Tensor {
        try Operator.minimumDims(self, dims, keepDim)
    }
    /// The largest element (`torch.max`).
    public func max() throws -> Tensor { try Operator.maximum(self) }
    /// The largest elements along a dimension and their indices (int64) (`torch.max`).
    public func max(dim: Int, keepDim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
        try Operator.maximumDim.pair(self, dim, keepDim)
    }
    /// The largest elements along dimensions (`torch.amax`).
    public func max(dims: [Int], keepDim: Bool = false) throws -> Tensor {
        try Operator.maximumDims(self, dims, keepDim)
    }
    /// The index of the largest element along a dimension, or in the flattened tensor, int64 (`torch.argmax`).
    public func argmax(dim: Int? = nil, keepDim: Bool = false) throws -> Tensor {
        try Operator.argmax(self, dim, keepDim)
    }
    /// The index of the smallest element along a dimension, or in the flattened tensor, int64 (`torch.argmin`).
    public func argmin(dim: Int? = nil, keepDim: Bool = false) throws -> Tensor {
        try Operator.argmin(self, dim, keepDim)
    }
}

/// Cumulative operations. The shape stays the same.
extension Tensor {
    /// The cumulative sum along a dimension (`torch.cumsum`).
    public func cumsum(dim: Int) throws -> Tensor { try Operator.cumsum(self, dim) }
    /// The cumulative product along a dimension (`torch.cumprod`).
    public func cumprod(dim: Int) throws -> Tensor { try Operator.cumprod(self, dim) }
}
