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

/// Copies that join, repeat or move elements. Negative dimensions count from the end; a dimension out of range is an
/// error.
extension Tensor {
    /// Concatenates tensors along an existing dimension: `[2, 3]` and `[4, 3]` with `dim: 0` give `[6, 3]`
    /// (`torch.cat`).
    public static func cat(_ tensors: [Tensor], dim: Int = 0) throws -> Tensor { try Operator.cat(tensors, dim) }

    /// Stacks tensors of the same shape along a new dimension: two of `[3]` with `dim: 0` give `[2, 3]`
    /// (`torch.stack`).
    public static func stack(_ tensors: [Tensor], dim: Int = 0) throws -> Tensor { try Operator.stack(tensors, dim) }

    /// The coordinates of a grid: `[H]` and `[W]` give two of `[H, W]` (`torch.meshgrid` with `indexing="ij"`).
    public static func meshgrid(_ tensors: [Tensor]) throws -> [Tensor] {
        try Operator.meshgrid.tensors(tensors, "ij")
    }

    /// Repeats the tensor along each dimension; new dimensions come first: `[3]` by `[2, 2]` gives `[2, 6]`
    /// (`torch.Tensor.repeat`).
    ///
    /// - Parameter counts: The number of repetitions, at least one for each dimension.
    public func `repeat`(_ counts: [Int]) throws -> Tensor { try Operator.repeated(self, counts) }

    /// Repeats the tensor along each of the last dimensions: `[2, 3]` by `[2]` gives `[2, 6]` (`torch.tile`).
    public func tile(_ counts: [Int]) throws -> Tensor { try Operator.tile(self, counts) }

    /// Repeats each slice of a dimension `count` times: `[2, 3]` by 2 with `dim: 0` gives `[4, 3]`
    /// (`torch.repeat_interleave`). Without `dim`, repeats the elements of the flattened tensor.
    public func repeatInterleave(_ count: Int, dim: Int? = nil) throws -> Tensor {
        try Operator.repeatInterleave(self, count, dim)
    }

    /// Repeats each slice of a dimension as often as `counts` (int64, one for each slice) specifies
    /// (`torch.repeat_interleave`).
    public func repeatInterleave(_ counts: Tensor, dim: Int? = nil) throws -> Tensor {
        try Operator.repeatInterleaveCounts(self, counts, dim)
    }

    /// Reverses the order of the elements along dimensions (`torch.flip`). The shape stays the same.
    public func flip(dims: [Int]) throws -> Tensor { try Operator.flip(self, dims) }

    /// Reverses the order of the elements along a dimension (`torch.flip`). The shape stays the same.
    public func flip(dim: Int) throws -> Tensor { try flip(dims: [dim]) }

    /// Shifts the elements along dimensions; elements shifted past the end return at the start (`torch.roll`). The
    /// shape stays the same.
    ///
    /// - Parameters:
    ///   - shifts: The shift for each of the dimensions; positive values shift towards the end.
    ///   - dims: The dimensions.
    public func roll(_ shifts: [Int], dims: [Int]) throws -> Tensor { try Operator.roll(self, shifts, dims) }

    /// Shifts the elements along a dimension (`torch.roll`). The shape stays the same.
    public func roll(_ shift: Int, dim: Int) throws -> Tensor { try roll([shift], dims: [dim]) }

    /// Returns a copy padded with `value` (`torch.nn.functional.pad`).
    ///
    /// - Parameters:
    ///   - amounts: The number of elements added before and after, for the last dimension, then the one before it, and
    ///     so on: `[2, 3]` by `[1, 0]` gives `[2, 4]`. Negative amounts crop.
    ///   - value: The value of the new elements.
    public func pad(_ amounts: [Int], with value: Double = 0) throws -> Tensor {
        try Operator.pad(self, amounts, value)
    }

    /// The lower triangle of the last two dimensions, with zeros elsewhere (`torch.tril`). The shape stays the same.
    ///
    /// - Parameter diagonal: The last diagonal that is kept: 0 is the main diagonal, 1 the one above it.
    public func tril(diagonal: Int = 0) throws -> Tensor { try Operator.tril(self, diagonal) }

    /// The upper triangle of the last two dimensions, with zeros elsewhere (`torch.triu`). The shape stays the same.
    ///
    /// - Parameter diagonal: The first diagonal that is kept: 0 is the main diagonal, 1 the one above it.
    public func triu(diagonal: Int = 0) throws -> Tensor { try Operator.triu(self, diagonal) }

    /// A matrix with this vector on its diagonal (`[N]` gives `[N, N]`), or the diagonal of a matrix (`[N, N]` gives
    /// `[N]`) (`torch.diag`).
    public func diag(diagonal: Int = 0) throws -> Tensor { try Operator.diag(self, diagonal) }
}
