extension Operator {
    static let slice = Operator("aten::slice.Tensor")
    static let index = Operator("aten::index.Tensor")
    static let indexPut = Operator("aten::index_put_")
    static let indexSelect = Operator("aten::index_select")
    static let gather = Operator("aten::gather")
    static let maskedFill = Operator("aten::masked_fill.Scalar")
}

/// One place in a subscript: `tensor[0, 2..<5, .all, .every(2)]`.
public protocol TensorIndex {
    /// The part of `tensor` that the index picks from `dimension`, and the dimension that the next index is for.
    func part(of tensor: Tensor, dimension: Int) throws -> (tensor: Tensor, next: Int)
}

extension Int: TensorIndex {
    /// One slice; the dimension goes.
    public func part(of tensor: Tensor, dimension: Int) throws -> (tensor: Tensor, next: Int) {
        (try tensor.select(dimension, self), dimension)
    }
}

extension Range: TensorIndex where Bound == Int {
    /// A run of slices, clipped to the dimension as PyTorch does.
    public func part(of tensor: Tensor, dimension: Int) throws -> (tensor: Tensor, next: Int) {
        (try Operator.slice(tensor, dimension, lowerBound, upperBound), dimension + 1)
    }
}

/// A slice with a step, or a new dimension: what `.all`, `.every(2)` and `.new` make in a subscript.
public struct TensorSlice: TensorIndex, Sendable {
    private enum Kind { case every(Int), new }
    private let kind: Kind

    fileprivate static let wholeDimension = TensorSlice(kind: .every(1))
    fileprivate static let newDimension = TensorSlice(kind: .new)
    fileprivate static func stepping(_ step: Int) -> TensorSlice { TensorSlice(kind: .every(step)) }

    /// The part that the slice picks.
    public func part(of tensor: Tensor, dimension: Int) throws -> (tensor: Tensor, next: Int) {
        switch kind {
        case .every(let step): (try Operator.slice(tensor, dimension, 0, Int.max, step), dimension + 1)
        case .new: (try tensor.unsqueeze(dimension), dimension + 1)
        }
    }
}

extension TensorIndex where Self == TensorSlice {
    /// The whole dimension.
    public static var all: TensorSlice { .wholeDimension }
    /// A new dimension of size 1.
    public static var new: TensorSlice { .newDimension }
    /// Each `step`-th slice from the first.
    public static func every(_ step: Int) -> TensorSlice { .stepping(step) }
}

extension Tensor {
    /// A view of a part: integers pick, ranges cut, from the first dimension on.
    public subscript(_ indices: any TensorIndex...) -> Tensor {
        get throws {
            var (part, dimension) = (self, 0)
            for index in indices {
                (part, dimension) = try index.part(of: part, dimension: dimension)
            }
            return part
        }
    }

    /// The elements that tensors of indices or a mask pick, as a copy; nil leaves a dimension whole.
    public func indexed(by indices: [Tensor?]) throws -> Tensor { try Operator.index(self, indices) }

    /// Writes `values` where tensors of indices or a mask point.
    public func put(_ values: Tensor, at indices: [Tensor?], accumulate: Bool = false) throws {
        try Operator.indexPut.run(self, indices, values, accumulate)
    }

    /// The slices of a dimension that `indices` (int64, `[K]`) name, as a copy.
    public func indexSelect(_ dimension: Int, _ indices: Tensor) throws -> Tensor {
        try Operator.indexSelect(self, dimension, indices)
    }

    /// Along a dimension, the element that `indices`, of the result's shape, names in each place.
    public func gather(_ dimension: Int, _ indices: Tensor) throws -> Tensor {
        try Operator.gather(self, dimension, indices)
    }

    /// A copy with `value` where `mask` is true.
    public func maskedFill(_ mask: Tensor, _ value: Double) throws -> Tensor {
        try Operator.maskedFill(self, mask, value)
    }
}
