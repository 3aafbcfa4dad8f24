internal import Checkpoints

extension Operator {
    static let slice = Operator("aten::slice.Tensor")
    static let index = Operator("aten::index.Tensor")
    static let indexPut = Operator("aten::index_put_")
}

/// One index of a subscript, as in `tensor[0, 2..<5, .all, .every(2)]`.
///
/// | index | selected part of a dimension |
/// |---|---|
/// | `3`, `-1` | one slice, from the end if negative; the dimension is removed |
/// | `1..<3`, `1...2`, `1...`, `..<3`, `...2`, `(-2)...` | a range of slices, clipped to the dimension |
/// | `.all` | the whole dimension |
/// | `.every(2)`, `.slice(1, -1, step: 2)` | slices with a step, and with bounds of either sign |
/// | `.ellipsis` | all dimensions without an index |
/// | `.newAxis` | a new dimension of size 1 |
/// | a tensor of integers | the slices with these indices, in the tensor's shape |
/// | a tensor of `bool` | the elements where it is true; it covers as many dimensions as it has |
public protocol TensorIndex {
    /// What the index selects.
    var tensorPlace: TensorPlace { get }
}

/// What one index of a subscript selects.
public enum TensorPlace: TensorIndex {
    case integer(Int)
    case range(start: Int, end: Int, step: Int)
    case rest
    case axis
    case tensor(Tensor)

    /// The index itself.
    public var tensorPlace: TensorPlace { self }

    /// The number of the tensor's dimensions that the index covers.
    fileprivate var dimCount: Int {
        switch self {
        case .integer, .range: 1
        case .rest, .axis: 0
        case .tensor(let index): index.isMask ? index.rank : 1
        }
    }
}

extension TensorIndex where Self == TensorPlace {
    /// The whole dimension, Python's `:`.
    public static var all: TensorPlace { .range(start: 0, end: .max, step: 1) }
    /// All dimensions without an index, Python's `...`.
    public static var ellipsis: TensorPlace { .rest }
    /// A new dimension of size 1, Python's `None`.
    public static var newAxis: TensorPlace { .axis }
    /// Every `step`-th slice from the first, Python's `::step`.
    public static func every(_ step: Int) -> TensorPlace { .range(start: 0, end: .max, step: step) }
    /// The slices from `start` up to, but not including, `end`, Python's `start:end:step`. Negative bounds count from
    /// the end; nil means no bound.
    public static func slice(_ start: Int? = nil, _ end: Int? = nil, step: Int = 1) -> TensorPlace {
        .range(start: start ?? 0, end: end ?? .max, step: step)
    }
}

extension Int: TensorIndex {
    /// One slice; the dimension is removed.
    public var tensorPlace: TensorPlace { .integer(self) }
}

extension Range: TensorIndex where Bound == Int {
    /// A range of slices.
    public var tensorPlace: TensorPlace { .range(start: lowerBound, end: upperBound, step: 1) }
}

extension ClosedRange: TensorIndex where Bound == Int {
    /// A range of slices.
    public var tensorPlace: TensorPlace { .range(start: lowerBound, end: upperBound.next, step: 1) }
}

extension PartialRangeFrom: TensorIndex where Bound == Int {
    /// The slices from a lower bound to the end.
    public var tensorPlace: TensorPlace { .range(start: lowerBound, end: .max, step: 1) }
}

extension PartialRangeUpTo: TensorIndex where Bound == Int {
    /// The slices up to, but not including, a bound.
    public var tensorPlace: TensorPlace { .range(start: 0, end: upperBound, step: 1) }
}

extension PartialRangeThrough: TensorIndex where Bound == Int {
    /// The slices up to and including a bound.
    public var tensorPlace: TensorPlace { .range(start: 0, end: upperBound.next, step: 1) }
}

extension Tensor: TensorIndex {
    /// The slices with the indices in the tensor, or the elements where it is true.
    public var tensorPlace: TensorPlace { .tensor(self) }

    /// LibTorch also accepts bytes as Booleans.
    fileprivate var isMask: Bool { dtype == .bool || dtype == .uint8 }
}

extension Int {
    /// The bound after an index; after -1, the last index, there is none.
    fileprivate var next: Int { self == -1 || self == .max ? .max : self + 1 }
}

extension Tensor {
    /// A part of the tensor: a view, or a copy if tensors are among the indices.
    ///
    /// An index out of range is an error, and so are more indices than dimensions. In-place operators change this
    /// tensor through a view (`try x[0, 1...] += 1`), but not through a copy; use `set(_:to:)` instead.
    public subscript(_ indices: any TensorIndex...) -> Tensor {
        get throws {
            let (view, picked) = try selection(indices)
            return picked.isEmpty ? view : try Operator.index(view, picked)
        }
    }

    /// Assigns to a part: `try x.set(0, 1..., to: y)` is Python's `x[0, 1:] = y`.
    ///
    /// - Parameters:
    ///   - indices: Indices as in the subscript, including masks and tensors of integers.
    ///   - values: A tensor of a shape that broadcasts to that of the part. Type and device are converted.
    public func set(_ indices: any TensorIndex..., to values: Tensor) throws {
        let (view, picked) = try selection(indices)
        if picked.isEmpty {
            try view.copy(from: values)
        } else {
            try Operator.indexPut.run(view, picked, values.to(dtype).to(device))
        }
    }

    /// Assigns a number to a part: `try x.set(x .< 0, to: 0)` is Python's `x[x < 0] = 0`.
    public func set<Scalar: TensorScalar>(_ indices: any TensorIndex..., to value: Scalar) throws {
        let (view, picked) = try selection(indices)
        if picked.isEmpty { return try Operator.fillInPlace.run(view, value.number(for: self)) }
        let values = try Operator.full([Int](), value.number(for: self), dtype, DefaultArgument(), device)
        try Operator.indexPut.run(view, picked, values)
    }

    /// The view that integers, ranges and new axes give, and the tensors that select from each of its dimensions.
    private func selection(_ indices: [any TensorIndex]) throws -> (view: Tensor, picked: [Tensor?]) {
        let places = indices.map(\.tensorPlace)
        var (view, dim, picked) = (self, 0, [Tensor?]())
        for (position, place) in places.enumerated() {
            switch place {
            case .integer(let index): view = try view.select(dim: dim, index: index)
            case .range(let start, let end, let step):
                view = try Operator.slice(view, dim, start, end, step)
                picked.append(nil)
                dim += 1
            case .axis:
                view = try view.unsqueeze(dim: dim)
                picked.append(nil)
                dim += 1
            case .rest:
                let skipped = rank - places.reduce(0) { $0 + $1.dimCount }
                let isOnly = places.indices.allSatisfy { if case .rest = places[$0] { $0 == position } else { true } }
                guard skipped >= 0, isOnly else {
                    throw TorchError(
                        code: .invalidArgument,
                        message: isOnly
                            ? "\(places.count - 1) indices are too many for \(summary)"
                            : "a subscript can have only one .ellipsis")
                }
                picked += Array(repeating: nil, count: skipped)
                dim += skipped
            case .tensor(let index):
                guard !index.isMask || index.rank > 0 else {
                    throw TorchError(code: .invalidArgument, message: "a mask without dimensions is not a valid index")
                }
                picked.append(index)
                dim += index.isMask ? index.rank : 1
            }
        }
        return (view, picked.contains { $0 != nil } ? picked : [])
    }
}
