public import Checkpoints

extension Operator {
    static let rand = Operator("aten::rand")
    static let randn = Operator("aten::randn")
    static let randint = Operator("aten::randint.low")
    static let randperm = Operator("aten::randperm")
    static let randLike = Operator("aten::rand_like")
    static let randnLike = Operator("aten::randn_like")
    static let bernoulli = Operator("aten::bernoulli")
    static let multinomial = Operator("aten::multinomial")
}

/// Random numbers from LibTorch's generator, which `RandomState.seed` seeds: the same as PyTorch's for the same seed.
extension Tensor {
    /// Uniform random numbers in [0, 1) (`torch.rand`).
    public static func rand(_ shape: [Int], dtype: DType = .float32, device: Device = .forNewTensors) throws -> Tensor {
        try Operator.rand(shape, dtype, DefaultArgument(), device)
    }

    /// Normal random numbers with mean 0 and standard deviation 1 (`torch.randn`).
    public static func randn(_ shape: [Int], dtype: DType = .float32, device: Device = .forNewTensors) throws -> Tensor
    {
        try Operator.randn(shape, dtype, DefaultArgument(), device)
    }

    /// Random integers from a range: `randint(0..<10, [2, 3])` (`torch.randint`).
    public static func randint(
        _ range: Range<Int>, _ shape: [Int], dtype: DType = .int64, device: Device = .forNewTensors
    ) throws -> Tensor {
        try Operator.randint(range.lowerBound, range.upperBound, shape, dtype, DefaultArgument(), device)
    }

    /// The integers from 0 up to, but not including, `count` in random order: `[count]` of int64 (`torch.randperm`).
    public static func randperm(_ count: Int) throws -> Tensor { try Operator.randperm(count, DType.int64) }

    /// Uniform random numbers in [0, 1) of the same shape (`torch.rand_like`). Type and device are the same unless
    /// given.
    public func randLike(dtype: DType? = nil, device: Device? = nil) throws -> Tensor {
        try Operator.randLike(self, dtype, DefaultArgument(), device)
    }

    /// Normal random numbers of the same shape (`torch.randn_like`). Type and device are the same unless given.
    public func randnLike(dtype: DType? = nil, device: Device? = nil) throws -> Tensor {
        try Operator.randnLike(self, dtype, DefaultArgument(), device)
    }

    /// 1 with the probability that the element gives, otherwise 0 (`torch.bernoulli`). The shape stays the same.
    public func bernoulli() throws -> Tensor { try Operator.bernoulli(self) }

    /// Indices sampled with the weights in each row, int64: `[N]` gives `[count]`, `[B, N]` gives `[B, count]`
    /// (`torch.multinomial`).
    public func multinomial(_ count: Int, replacement: Bool = false) throws -> Tensor {
        try Operator.multinomial(self, count, replacement)
    }
}
