extension Operator {
    static let reshape = Operator("aten::reshape")
    static let view = Operator("aten::view")
    static let permute = Operator("aten::permute")
    static let transpose = Operator("aten::transpose.int")
    static let flatten = Operator("aten::flatten.using_ints")
    static let squeeze = Operator("aten::squeeze")
    static let squeezeDimension = Operator("aten::squeeze.dim")
    static let unsqueeze = Operator("aten::unsqueeze")
    static let expand = Operator("aten::expand")
    static let narrow = Operator("aten::narrow")
    static let select = Operator("aten::select.int")
    static let asStrided = Operator("aten::as_strided")
    static let cat = Operator("aten::cat")
    static let stack = Operator("aten::stack")
    static let split = Operator("aten::split.Tensor")
    static let unbind = Operator("aten::unbind.int")
    static let flip = Operator("aten::flip")
    static let roll = Operator("aten::roll")
    static let pad = Operator("aten::constant_pad_nd")
}

extension Tensor {
    /// The same elements in another shape; one size may be -1 and follows from the others. A view where possible.
    public func reshape(_ shape: [Int]) throws -> Tensor { try Operator.reshape(self, shape) }

    /// The same memory in another shape.
    ///
    /// - Throws: `TorchError` where the strides do not allow it without a copy.
    public func view(_ shape: [Int]) throws -> Tensor { try Operator.view(self, shape) }

    /// The dimensions in another order: `permute([0, 3, 1, 2])` makes `[N, C, H, W]` of `[N, H, W, C]`.
    public func permute(_ dimensions: [Int]) throws -> Tensor { try Operator.permute(self, dimensions) }

    /// Two dimensions exchanged.
    public func transpose(_ first: Int, _ second: Int) throws -> Tensor {
        try Operator.transpose(self, first, second)
    }

    /// The dimensions from `start` to `end` as one.
    public func flatten(from start: Int = 0, to end: Int = -1) throws -> Tensor {
        try Operator.flatten(self, start, end)
    }

    /// Without the dimensions of size 1, or without the given one where its size is 1.
    public func squeeze(_ dimension: Int? = nil) throws -> Tensor {
        if let dimension { return try Operator.squeezeDimension(self, dimension) }
        return try Operator.squeeze(self)
    }

    /// With a new dimension of size 1.
    public func unsqueeze(_ dimension: Int) throws -> Tensor { try Operator.unsqueeze(self, dimension) }

    /// Dimensions of size 1 repeated without a copy; -1 leaves a size as it is.
    public func expand(_ shape: [Int]) throws -> Tensor { try Operator.expand(self, shape) }

    /// `length` elements of a dimension, from `start`.
    public func narrow(_ dimension: Int, from start: Int, length: Int) throws -> Tensor {
        try Operator.narrow(self, dimension, start, length)
    }

    /// One slice of a dimension, which goes; a negative index counts from the end.
    public func select(_ dimension: Int, _ index: Int) throws -> Tensor {
        try Operator.select(self, dimension, index)
    }

    /// A view of the storage with any sizes and strides, in elements.
    public func asStrided(shape: [Int], strides: [Int], offset: Int) throws -> Tensor {
        try Operator.asStrided(self, shape, strides, offset)
    }

    /// The elements of the given dimensions in reverse order, as a copy.
    public func flip(_ dimensions: [Int]) throws -> Tensor { try Operator.flip(self, dimensions) }

    /// The elements moved along dimensions; those that leave at one end come in at the other, as a copy.
    ///
    /// - Parameter shifts: how far for each of the dimensions, towards the end where positive.
    public func roll(_ shifts: [Int], along dimensions: [Int]) throws -> Tensor {
        try Operator.roll(self, shifts, dimensions)
    }

    /// A copy with `value` before and after the elements of a dimension.
    ///
    /// - Parameter amounts: how many before and after, for the last dimension, then the one before it, and so on, as
    ///   `torch.nn.functional.pad` takes them; negative ones cut off.
    public func pad(_ amounts: [Int], with value: Double = 0) throws -> Tensor {
        try Operator.pad(self, amounts, value)
    }

    /// Parts of `size` along a dimension; the last may be smaller.
    public func split(_ size: Int, along dimension: Int = 0) throws -> [Tensor] {
        try Operator.split.tensors(self, size, dimension)
    }

    /// The slices of a dimension.
    public func unbind(along dimension: Int = 0) throws -> [Tensor] {
        try Operator.unbind.tensors(self, dimension)
    }

    /// Tensors joined along a dimension that they have.
    public static func cat(_ tensors: [Tensor], along dimension: Int = 0) throws -> Tensor {
        try Operator.cat(tensors, dimension)
    }

    /// Tensors of one shape joined along a new dimension.
    public static func stack(_ tensors: [Tensor], along dimension: Int = 0) throws -> Tensor {
        try Operator.stack(tensors, dimension)
    }
}
