extension Operator {
    static let cat = Operator("aten::cat")
    static let stack = Operator("aten::stack")
    static let meshgrid = Operator("aten::meshgrid.indexing")
    static let repeated = Operator("aten::repeat")
    static let tile = Operator("aten::tile")
    static let repeatInterleave = Operator("aten::repeat_interleave.self_int")
    static let repeatInterleaveCounts = Operator("aten::repeat_interleave.self_Tensor")
    static let flip = Operator("aten::flip")
    static let roll = Operator("aten::roll")
    static let pad = Operator("aten::constant_pad_nd")
    static let tril = Operator("aten::tril")
    static let triu = Operator("aten::triu")
    static let diag = Operator("aten::diag")
}

/// Copies that join, repeat or move elements. A negative dimension counts from the end; one that the tensor does not have
/// is an error.
extension Tensor {
    /// Tensors joined along a dimension that they have: `[2, 3]` and `[4, 3]` along `dim: 0` to `[6, 3]` (`torch.cat`).
    public static func cat(_ tensors: [Tensor], dim: Int = 0) throws -> Tensor { try Operator.cat(tensors, dim) }

    /// Tensors of one shape joined along a new dimension: two of `[3]` along `dim: 0` to `[2, 3]` (`torch.stack`).
    public static func stack(_ tensors: [Tensor], dim: Int = 0) throws -> Tensor { try Operator.stack(tensors, dim) }

    /// The coordinates of a grid: `[H]` and `[W]` to two of `[H, W]` (`torch.meshgrid` with `indexing="ij"`).
    public static func meshgrid(_ tensors: [Tensor]) throws -> [Tensor] {
        try Operator.meshgrid.tensors(tensors, "ij")
    }

    /// The tensor repeated along each dimension, new ones first: `[3]` by `[2, 2]` to `[2, 6]`
    /// (`torch.Tensor.repeat`).
    ///
    /// - Parameter counts: the number of repetitions, one for each dimension at least.
    public func `repeat`(_ counts: [Int]) throws -> Tensor { try Operator.repeated(self, counts) }

    /// The tensor repeated along each of the last dimensions: `[2, 3]` by `[2]` to `[2, 6]` (`torch.tile`).
    public func tile(_ counts: [Int]) throws -> Tensor { try Operator.tile(self, counts) }

    /// Each slice of a dimension repeated `count` times: `[2, 3]` by 2 along `dim: 0` to `[4, 3]`
    /// (`torch.repeat_interleave`). Without `dim`, of the flattened tensor.
    public func repeatInterleave(_ count: Int, dim: Int? = nil) throws -> Tensor {
        try Operator.repeatInterleave(self, count, dim)
    }

    /// Each slice of a dimension repeated by its number in `counts` (int64, one for each slice) (`torch.repeat_interleave`).
    public func repeatInterleave(_ counts: Tensor, dim: Int? = nil) throws -> Tensor {
        try Operator.repeatInterleaveCounts(self, counts, dim)
    }

    /// The elements of dimensions in reverse order: any shape to the same (`torch.flip`).
    public func flip(dims: [Int]) throws -> Tensor { try Operator.flip(self, dims) }

    /// The elements of a dimension in reverse order: any shape to the same (`torch.flip`).
    public func flip(dim: Int) throws -> Tensor { try flip(dims: [dim]) }

    /// The elements moved along dimensions: any shape to the same (`torch.roll`). Those that leave at one end come in at the
    /// other.
    ///
    /// - Parameters:
    ///   - shifts: how far for each of the dimensions, towards the end where positive.
    ///   - dims: the dimensions.
    public func roll(_ shifts: [Int], dims: [Int]) throws -> Tensor { try Operator.roll(self, shifts, dims) }

    /// The elements moved along a dimension: any shape to the same (`torch.roll`).
    public func roll(_ shift: Int, dim: Int) throws -> Tensor { try roll([shift], dims: [dim]) }

    /// A copy with `value` before and after the elements of a dimension (`torch.nn.functional.pad`).
    ///
    /// - Parameters:
    ///   - amounts: how many before and after, for the last dimension, then the one before it, and so on: `[2, 3]` by
    ///     `[1, 0]` to `[2, 4]`. Negative ones cut off.
    ///   - value: the value of the new elements.
    public func pad(_ amounts: [Int], with value: Double = 0) throws -> Tensor {
        try Operator.pad(self, amounts, value)
    }

    /// Zeros above a diagonal of the last two dimensions: any shape to the same (`torch.tril`).
    ///
    /// - Parameter diagonal: the last one that stays: 0 is the main diagonal, 1 the one above it.
    public func tril(diagonal: Int = 0) throws -> Tensor { try Operator.tril(self, diagonal) }

    /// Zeros below a diagonal of the last two dimensions: any shape to the same (`torch.triu`).
    ///
    /// - Parameter diagonal: the first one that stays: 0 is the main diagonal, 1 the one above it.
    public func triu(diagonal: Int = 0) throws -> Tensor { try Operator.triu(self, diagonal) }

    /// A matrix with this vector on its diagonal, `[N]` to `[N, N]`, or the diagonal of a matrix, `[N, N]` to `[N]`
    /// (`torch.diag`).
    public func diag(diagonal: Int = 0) throws -> Tensor { try Operator.diag(self, diagonal) }
}
