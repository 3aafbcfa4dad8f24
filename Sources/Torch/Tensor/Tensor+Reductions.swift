extension Operator {
    static let sum = Operator("aten::sum")
    static let sumDimensions = Operator("aten::sum.dim_IntList")
    static let mean = Operator("aten::mean")
    static let meanDimensions = Operator("aten::mean.dim")
    static let variance = Operator("aten::var.correction")
    static let minimum = Operator("aten::min")
    static let maximum = Operator("aten::max")
    static let argmax = Operator("aten::argmax")
    static let argmin = Operator("aten::argmin")
    static let topk = Operator("aten::topk")
    static let norm = Operator("aten::linalg_vector_norm")
}

extension Tensor {
    /// The sum of all elements, a scalar.
    public func sum() throws -> Tensor { try Operator.sum(self) }
    /// Sums along dimensions, which go unless kept with size 1.
    public func sum(_ dimensions: [Int], keepDimensions: Bool = false) throws -> Tensor {
        try Operator.sumDimensions(self, dimensions, keepDimensions)
    }
    /// The mean of all elements, a scalar.
    public func mean() throws -> Tensor { try Operator.mean(self) }
    /// Means along dimensions, which go unless kept with size 1.
    public func mean(_ dimensions: [Int], keepDimensions: Bool = false) throws -> Tensor {
        try Operator.meanDimensions(self, dimensions, keepDimensions)
    }
    /// The variance along dimensions (all of them by default); `correction` 1 divides by N - 1, as PyTorch does.
    public func variance(
        _ dimensions: [Int]? = nil, correction: Int = 1, keepDimensions: Bool = false
    ) throws -> Tensor {
        try Operator.variance(self, dimensions, correction, keepDimensions)
    }
    /// The least element, a scalar.
    public func min() throws -> Tensor { try Operator.minimum(self) }
    /// The greatest element, a scalar.
    public func max() throws -> Tensor { try Operator.maximum(self) }
    /// Where along a dimension (in the flattened tensor by default) the greatest element lies, int64.
    public func argmax(_ dimension: Int? = nil, keepDimension: Bool = false) throws -> Tensor {
        try Operator.argmax(self, dimension, keepDimension)
    }
    /// Where along a dimension (in the flattened tensor by default) the least element lies, int64.
    public func argmin(_ dimension: Int? = nil, keepDimension: Bool = false) throws -> Tensor {
        try Operator.argmin(self, dimension, keepDimension)
    }
    /// The `count` greatest elements along a dimension, greatest first, and where they lie (int64).
    public func topk(_ count: Int, along dimension: Int = -1) throws -> (values: Tensor, indices: Tensor) {
        let results = try Operator.topk.tensors(self, count, dimension)
        return (results[0], results[1])
    }
    /// The Euclidean length of all elements taken as one vector, a scalar.
    public func norm() throws -> Tensor { try Operator.norm(self) }
    /// The Euclidean lengths along dimensions, which go unless kept with size 1.
    public func norm(_ dimensions: [Int], keepDimensions: Bool = false) throws -> Tensor {
        try Operator.norm(self, 2.0, dimensions, keepDimensions)
    }
    /// Each row along a dimension divided by its Euclidean length, that being `epsilon` at least.
    public func normalized(along dimension: Int, epsilon: Double = 1e-12) throws -> Tensor {
        try self / norm([dimension], keepDimensions: true).clamp(epsilon, nil)
    }
}
