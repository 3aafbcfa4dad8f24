internal import CTorch
public import Checkpoints

extension Operator {
    static let empty = Operator("aten::empty.memory_format")
    static let full = Operator("aten::full")
    static let zeros = Operator("aten::zeros")
    static let ones = Operator("aten::ones")
    static let arange = Operator("aten::arange.start_step")
    static let linspace = Operator("aten::linspace")
    static let eye = Operator("aten::eye")
    static let eyeRectangular = Operator("aten::eye.m")
    static let emptyLike = Operator("aten::empty_like")
    static let zerosLike = Operator("aten::zeros_like")
    static let onesLike = Operator("aten::ones_like")
    static let fullLike = Operator("aten::full_like")
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

    /// A tensor on the CPU with the elements of `values`, in the order of the last dimension first (`torch.tensor`).
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

    /// A tensor on the CPU with the elements of `values`, converted to another element type (`torch.tensor`): of
    /// `Tensor([0.5, 1], dtype: .float32)` the literal is of `Double`.
    ///
    /// - Parameters:
    ///   - values: as many as the shape takes.
    ///   - shape: the sizes; by default one dimension.
    ///   - dtype: the element type; nil takes that of `values`.
    /// - Throws: `TorchError` where the count does not fit the shape.
    public convenience init<Element: TensorElement>(
        _ values: [Element], shape: [Int]? = nil, dtype: DType?
    ) throws {
        try self.init(values, shape: shape)
        if let dtype { try setData(to(dtype)) }
    }

    /// A scalar: a tensor of rank 0.
    ///
    /// - Throws: `TorchError` where the memory is not to be had.
    public convenience init<Element: TensorElement>(_ value: Element) throws(TorchError) {
        try self.init([value], shape: [])
    }

    /// A scalar of another element type: of `Tensor(0.5, dtype: .float32)` the literal is a `Double`.
    public convenience init<Element: TensorElement>(_ value: Element, dtype: DType) throws {
        try self.init([value], shape: [], dtype: dtype)
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
}

/// Nested arrays.
extension Tensor {
    /// A matrix: `try Tensor([[1, 2, 3], [4, 5, 6]])` is `[2, 3]` (`torch.tensor`).
    ///
    /// - Parameters:
    ///   - rows: the rows, all of one length.
    ///   - dtype: the element type; by default int64 for `Int`, float64 for `Double`.
    /// - Throws: `TorchError` where the rows differ in length.
    public convenience init<Element: TensorElement>(_ rows: [[Element]], dtype: DType? = nil) throws {
        let size = try Self.size(of: rows, in: 1)
        try self.init(Array(rows.joined()), shape: [rows.count, size], dtype: dtype)
    }

    /// A tensor of rank 3, of matrices of one shape (`torch.tensor`).
    ///
    /// - Parameters:
    ///   - matrices: the matrices, all of one shape.
    ///   - dtype: the element type; by default int64 for `Int`, float64 for `Double`.
    /// - Throws: `TorchError` where rows or matrices differ in size.
    public convenience init<Element: TensorElement>(_ matrices: [[[Element]]], dtype: DType? = nil) throws {
        let sizes = try [Self.size(of: matrices, in: 1), Self.size(of: Array(matrices.joined()), in: 2)]
        try self.init(Array(matrices.joined().joined()), shape: [matrices.count] + sizes, dtype: dtype)
    }

    /// A tensor of rank 4, a batch of images say (`torch.tensor`).
    ///
    /// - Parameters:
    ///   - batch: the nested arrays, all of one shape.
    ///   - dtype: the element type; by default int64 for `Int`, float64 for `Double`.
    /// - Throws: `TorchError` where the arrays of a dimension differ in size.
    public convenience init<Element: TensorElement>(_ batch: [[[[Element]]]], dtype: DType? = nil) throws {
        let matrices = Array(batch.joined())
        let sizes = try [
            Self.size(of: batch, in: 1), Self.size(of: matrices, in: 2), Self.size(of: Array(matrices.joined()), in: 3),
        ]
        try self.init(Array(matrices.joined().joined()), shape: [batch.count] + sizes, dtype: dtype)
    }

    /// The one size that all arrays have, which lie along dimension `dim`.
    private static func size<Element>(of arrays: [[Element]], in dim: Int) throws(TorchError) -> Int {
        let size = arrays.first?.count ?? 0
        if let place = arrays.firstIndex(where: { $0.count != size }) {
            throw TorchError(
                code: .invalidArgument,
                message: "the nested arrays differ in size along dimension \(dim): array 0 has \(size) elements, "
                    + "array \(place) has \(arrays[place].count)")
        }
        return size
    }
}

/// Tensors of set values.
extension Tensor {
    /// Zeros (`torch.zeros`).
    public static func zeros(_ shape: [Int], dtype: DType = .float32, device: Device = .forNewTensors) throws -> Tensor
    {
        try Operator.zeros(shape, dtype, DefaultArgument(), device)
    }

    /// Ones (`torch.ones`).
    public static func ones(_ shape: [Int], dtype: DType = .float32, device: Device = .forNewTensors) throws -> Tensor {
        try Operator.ones(shape, dtype, DefaultArgument(), device)
    }

    /// One number in all places (`torch.full`).
    public static func full(
        _ shape: [Int], _ value: Double, dtype: DType = .float32, device: Device = .forNewTensors
    ) throws -> Tensor {
        try Operator.full(shape, value, dtype, DefaultArgument(), device)
    }

    /// A tensor without set values (`torch.empty`).
    public static func empty(
        _ shape: [Int], dtype: DType = .float32, device: Device = .forNewTensors,
        memoryFormat: MemoryFormat = .contiguous
    ) throws -> Tensor {
        try Operator.empty(shape, dtype, DefaultArgument(), device, DefaultArgument(), memoryFormat)
    }

    /// The integers from 0 to before `end`, `[end]` (`torch.arange`).
    public static func arange(_ end: Int, dtype: DType = .int64, device: Device = .forNewTensors) throws -> Tensor {
        try arange(0, end, dtype: dtype, device: device)
    }

    /// The integers from `start` to before `end`, `step` apart (`torch.arange`).
    public static func arange(
        _ start: Int, _ end: Int, step: Int = 1, dtype: DType = .int64, device: Device = .forNewTensors
    ) throws -> Tensor {
        try Operator.arange(start, end, step, dtype, DefaultArgument(), device)
    }

    /// The numbers from `start` to before `end`, `step` apart (`torch.arange`).
    public static func arange(
        _ start: Double, _ end: Double, step: Double, dtype: DType = .float32, device: Device = .forNewTensors
    ) throws -> Tensor {
        try Operator.arange(start, end, step, dtype, DefaultArgument(), device)
    }

    /// Numbers from `start` to `end`, both among them, equally far apart: `[steps]` (`torch.linspace`).
    public static func linspace(
        _ start: Double, _ end: Double, steps: Int, dtype: DType = .float32, device: Device = .forNewTensors
    ) throws -> Tensor {
        try Operator.linspace(start, end, steps, dtype, DefaultArgument(), device)
    }

    /// Ones on the diagonal and zeros elsewhere: `[rows, columns]`, `[rows, rows]` by default (`torch.eye`).
    public static func eye(
        _ rows: Int, _ columns: Int? = nil, dtype: DType = .float32, device: Device = .forNewTensors
    ) throws -> Tensor {
        if let columns { return try Operator.eyeRectangular(rows, columns, dtype, DefaultArgument(), device) }
        return try Operator.eye(rows, dtype, DefaultArgument(), device)
    }

    /// A tensor of the same shape without set values (`torch.empty_like`); type and device are the same unless given.
    public func emptyLike(dtype: DType? = nil, device: Device? = nil) throws -> Tensor {
        try Operator.emptyLike(self, dtype, DefaultArgument(), device)
    }

    /// Zeros in the same shape (`torch.zeros_like`); type and device are the same unless given.
    public func zerosLike(dtype: DType? = nil, device: Device? = nil) throws -> Tensor {
        try Operator.zerosLike(self, dtype, DefaultArgument(), device)
    }

    /// Ones in the same shape (`torch.ones_like`); type and device are the same unless given.
    public func onesLike(dtype: DType? = nil, device: Device? = nil) throws -> Tensor {
        try Operator.onesLike(self, dtype, DefaultArgument(), device)
    }

    /// One number in the same shape (`torch.full_like`); type and device are the same unless given.
    public func fullLike(_ value: Double, dtype: DType? = nil, device: Device? = nil) throws -> Tensor {
        try Operator.fullLike(self, value, dtype, DefaultArgument(), device)
    }
}
