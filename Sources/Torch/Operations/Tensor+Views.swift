extension Operator {
    static let reshape = Operator("aten::reshape")
    static let view = Operator("aten::view")
    static let permute = Operator("aten::permute")
    static let transpose = Operator("aten::transpose.int")
    static let moveDim = Operator("aten::movedim.int")
    static let flatten = Operator("aten::flatten.using_ints")
    static let unflatten = Operator("aten::unflatten.int")
    static let squeeze = Operator("aten::squeeze")
    static let squeezeDim = Operator("aten::squeeze.dim")
    static let unsqueeze = Operator("aten::unsqueeze")
    static let expand = Operator("aten::expand")
    static let narrow = Operator("aten::narrow")
    static let select = Operator("aten::select.int")
    static let diagonal = Operator("aten::diagonal")
    static let asStrided = Operator("aten::as_strided")
    static let split = Operator("aten::split.Tensor")
    static let splitSizes = Operator("aten::split_with_sizes")
    static let chunk = Operator("aten::chunk")
    static let unbind = Operator("aten::unbind.int")
}

/// Views share the memory of this tensor. Negative dimensions count from the end; a dimension out of range is an error.
extension Tensor {
    /// The same elements in another shape: `[2, 6]` to `[3, 4]` (`torch.reshape`). One size may be -1 and is computed
    /// from the others. Returns a copy if a view is not possible.
    public func reshape(_ shape: [Int]) throws -> Tensor { try Operator.reshape(self, shape) }

    /// The same memory in another shape (`torch.Tensor.view`).
    ///
    /// - Throws: `TorchError` if the strides require a copy.
    public func view(_ shape: [Int]) throws -> Tensor { try Operator.view(self, shape) }

    /// The dimensions in another order: `permute(dims: [0, 3, 1, 2])` turns `[N, H, W, C]` into `[N, C, H, W]`
    /// (`torch.permute`).
    public func permute(dims: [Int]) throws -> Tensor { try Operator.permute(self, dims) }

    /// Two dimensions exchanged: `transpose(1, 2)` turns `[N, C, L]` into `[N, L, C]` (`torch.transpose`).
    public func transpose(_ first: Int, _ second: Int) throws -> Tensor {
        try Operator.transpose(self, first, second)
    }

    /// A dimension moved to another position; the others keep their order: `movedim(from: 1, to: -1)` turns `[N, C, H,
    /// W]` into `[N, H, W, C]` (`torch.movedim`).
    public func movedim(from source: Int, to destination: Int) throws -> Tensor {
        try Operator.moveDim(self, source, destination)
    }

    /// The dimensions from `start` to `end` joined into one: `flatten(from: 1)` turns `[N, C, H, W]` into `[N, C * H *
    /// W]` (`torch.flatten`).
    public func flatten(from start: Int = 0, to end: Int = -1) throws -> Tensor {
        try Operator.flatten(self, start, end)
    }

    /// A dimension split into several; one size may be -1: `[N, 6]` with `dim: 1` into `[2, 3]` gives `[N, 2, 3]`
    /// (`torch.unflatten`).
    public func unflatten(dim: Int, into sizes: [Int]) throws -> Tensor { try Operator.unflatten(self, dim, sizes) }

    /// Removes all dimensions of size 1: `[1, 3, 1]` gives `[3]` (`torch.squeeze`).
    public func squeeze() throws -> Tensor { try Operator.squeeze(self) }

    /// Removes a dimension if its size is 1: `[1, 3, 1]` with `dim: 0` gives `[3, 1]` (`torch.squeeze`).
    public func squeeze(dim: Int) throws -> Tensor { try Operator.squeezeDim(self, dim) }

    /// Inserts a dimension of size 1: `[3]` with `dim: 0` gives `[1, 3]`, with `dim: -1` `[3, 1]` (`torch.unsqueeze`).
    public func unsqueeze(dim: Int) throws -> Tensor { try Operator.unsqueeze(self, dim) }

    /// Expands dimensions of size 1 without a copy: `[1, 3]` to `[4, 3]` (`torch.Tensor.expand`). -1 keeps a size.
    public func expand(_ shape: [Int]) throws -> Tensor { try Operator.expand(self, shape) }

    /// `length` slices of a dimension from `start`: `[5, 3]` with `dim: 0` gives `[length, 3]` (`torch.narrow`).
    public func narrow(dim: Int, from start: Int, length: Int) throws -> Tensor {
        try Operator.narrow(self, dim, start, length)
    }

    /// One slice of a dimension, which is removed: `[5, 3]` with `dim: 0` gives `[3]` (`torch.select`). A negative
    /// index counts from the end.
    public func select(dim: Int, index: Int) throws -> Tensor { try Operator.select(self, dim, index) }

    /// The diagonal of two dimensions as the last dimension: `[N, 3, 3]` with `dim1: 1, dim2: 2` gives `[N, 3]`
    /// (`torch.diagonal`).
    ///
    /// - Parameters:
    ///   - offset: The diagonal's offset above the main diagonal.
    ///   - dim1: The first dimension.
    ///   - dim2: The second dimension.
    public func diagonal(offset: Int = 0, dim1: Int = 0, dim2: Int = 1) throws -> Tensor {
        try Operator.diagonal(self, offset, dim1, dim2)
    }

    /// A view of the storage with any sizes and strides, in elements (`torch.as_strided`).
    public func asStrided(shape: [Int], strides: [Int], offset: Int) throws -> Tensor {
        try Operator.asStrided(self, shape, strides, offset)
    }

    /// Parts of `size` along a dimension; the last one may be smaller: `[5, 3]` by 2 gives `[2, 3]`, `[2, 3]`, `[1, 3]`
    /// (`torch.split`).
    public func split(_ size: Int, dim: Int = 0) throws -> [Tensor] { try Operator.split.tensors(self, size, dim) }

    /// Parts of the given sizes along a dimension; the sizes must add up to its size (`torch.split`).
    public func split(_ sizes: [Int], dim: Int = 0) throws -> [Tensor] {
        try Operator.splitSizes.tensors(self, sizes, dim)
    }

    /// `count` parts along a dimension; the last one may be smaller: `[6, 3]` by 2 gives `[3, 3]`, `[3, 3]`
    /// (`torch.chunk`).
    public func chunk(_ count: Int, dim: Int = 0) throws -> [Tensor] { try Operator.chunk.tensors(self, count, dim) }

    /// The slices of a dimension: `[2, 3]` with `dim: 0` gives two of `[3]` (`torch.unbind`).
    public func unbind(dim: Int = 0) throws -> [Tensor] { try Operator.unbind.tensors(self, dim) }
}
