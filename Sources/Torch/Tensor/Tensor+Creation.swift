internal import CTorch

extension Operator {
    static let empty = Operator("aten::empty.memory_format")
    static let full = Operator("aten::full")
    static let zeros = Operator("aten::zeros")
    static let ones = Operator("aten::ones")
    static let arange = Operator("aten::arange.start_step")
    static let eye = Operator("aten::eye")
    static let rand = Operator("aten::rand")
    static let randn = Operator("aten::randn")
    static let zerosLike = Operator("aten::zeros_like")
    static let randperm = Operator("aten::randperm")
}

extension Tensor {
    /// A tensor on the CPU with a copy of `bytes`, which hold `shape`'s elements one after the other.
    ///
    /// - Throws: `TorchError` where the count of bytes is not what shape and type take.
    public convenience init(bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) throws(TorchError) {
        // An empty buffer may have no address, and no address would ask for uninitialised memory.
        try self.init(address: bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1), bytes.count, shape, dtype)
    }

    /// A tensor on the CPU whose elements have no set value yet.
    ///
    /// - Throws: `TorchError` where the memory is not to be had.
    public convenience init(uninitialized shape: [Int], dtype: DType = .float32) throws(TorchError) {
        try self.init(address: nil, 0, shape, dtype)
    }

    /// A tensor on the CPU with the elements of `values`, in the order of the last dimension first.
    ///
    /// - Parameters:
    ///   - values: as many as the shape takes.
    ///   - shape: the sizes; by default one dimension.
    /// - Throws: `TorchError` where the count does not fit the shape.
    public convenience init<Element: TensorElement>(_ values: [Element], shape: [Int]? = nil) throws(TorchError) {
        let shape = shape ?? [values.count]
        let count = shape.reduce(1, *)
        guard count == values.count else {
            throw TorchError(
                code: .invalidArgument, message: "a tensor of shape \(shape) takes \(count) values, not \(values.count)"
            )
        }
        let result: Result<ctorch_tensor, TorchError> = values.withUnsafeBytes { bytes in
            Tensor.make(address: bytes.baseAddress, bytes.count, shape, Element.dtype)
        }
        self.init(owning: try result.get())
    }

    /// A scalar: a tensor of rank 0.
    ///
    /// - Throws: `TorchError` where the memory is not to be had.
    public convenience init<Element: TensorElement>(_ value: Element) throws(TorchError) {
        try self.init([value], shape: [])
    }

    private convenience init(
        address: UnsafeRawPointer?, _ byteCount: Int, _ shape: [Int], _ dtype: DType
    ) throws(TorchError) {
        self.init(owning: try Tensor.make(address: address, byteCount, shape, dtype).get())
    }

    private static func make(
        address: UnsafeRawPointer?, _ byteCount: Int, _ shape: [Int], _ dtype: DType
    ) -> Result<ctorch_tensor, TorchError> {
        var tensor: ctorch_tensor?
        let status = ctorch_tensor_from_bytes(
            address, byteCount, shape.map(Int64.init), shape.count, dtype.rawValue, &tensor)
        return Result { () throws(TorchError) in
            try check(status, in: "tensor", arguments: ["\(shape)", dtype.name])
            guard let tensor else { throw TorchError(code: .exception, message: "no tensor was made") }
            return tensor
        }
    }

    /// A tensor of zeros.
    public static func zeros(_ shape: [Int], dtype: DType = .float32, device: Device = .forNewTensors) throws -> Tensor
    {
        try Operator.zeros(shape, dtype, DefaultArgument(), device)
    }

    /// A tensor of ones.
    public static func ones(_ shape: [Int], dtype: DType = .float32, device: Device = .forNewTensors) throws -> Tensor {
        try Operator.ones(shape, dtype, DefaultArgument(), device)
    }

    /// A tensor whose elements all are `value`.
    public static func full(
        _ shape: [Int], _ value: Double, dtype: DType = .float32, device: Device = .forNewTensors
    ) throws -> Tensor {
        try Operator.full(shape, value, dtype, DefaultArgument(), device)
    }

    /// A tensor without set values.
    public static func empty(
        _ shape: [Int], dtype: DType = .float32, device: Device = .forNewTensors,
        memoryFormat: MemoryFormat = .contiguous
    ) throws -> Tensor {
        try Operator.empty(shape, dtype, DefaultArgument(), device, DefaultArgument(), memoryFormat)
    }

    /// The whole numbers from `start` to before `end`, `step` apart.
    public static func arange(
        _ start: Int = 0, _ end: Int, step: Int = 1, dtype: DType = .int64, device: Device = .forNewTensors
    ) throws -> Tensor {
        try Operator.arange(start, end, step, dtype, DefaultArgument(), device)
    }

    /// The identity matrix `[size, size]`.
    public static func eye(_ size: Int, dtype: DType = .float32, device: Device = .forNewTensors) throws -> Tensor {
        try Operator.eye(size, dtype, DefaultArgument(), device)
    }

    /// Uniform random numbers in [0, 1), from LibTorch's generator.
    public static func rand(_ shape: [Int], dtype: DType = .float32, device: Device = .forNewTensors) throws -> Tensor {
        try Operator.rand(shape, dtype, DefaultArgument(), device)
    }

    /// Normal random numbers of mean 0 and deviation 1, from LibTorch's generator.
    public static func randn(_ shape: [Int], dtype: DType = .float32, device: Device = .forNewTensors) throws -> Tensor
    {
        try Operator.randn(shape, dtype, DefaultArgument(), device)
    }

    /// The numbers 0 to before `count` in random order, from LibTorch's generator.
    public static func randperm(_ count: Int) throws -> Tensor {
        try Operator.randperm(count, DType.int64)
    }

    /// Zeros of the same shape, type and device.
    public func zerosLike() throws -> Tensor { try Operator.zerosLike(self) }
}
