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
    /// Creates a CPU tensor with a copy of `bytes`, which contain the elements of `shape` in row-major order.
    ///
    /// - Throws: `TorchError` if the number of bytes does not match the shape and type.
    public convenience init(bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) throws(TorchError) {
        // An empty buffer may have no address, and no address would request uninitialized memory.
        try self.init(address: bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1), bytes.count, shape, dtype)
    }

    /// Creates a CPU tensor with uninitialized elements.
    ///
    /// - Throws: `TorchError` if the memory is not available.
    public convenience init(uninitialized shape: [Int], dtype: DType = .float32) throws(TorchError) {
        try self.init(address: nil, 0, shape, dtype)
    }

    /// Creates a CPU tensor with the elements of `values` in row-major order (`torch.tensor`).
    ///
    /// - Parameters:
    ///   - values: The elements; their number must match the shape.
    ///   - shape: The sizes; by default one dimension.
    /// - Throws: `TorchError` if the number of values does not match the shape.
    public convenience init<Element: TensorElement>(_ values: [Element], shape: [Int]? = nil) throws(TorchError) {
        let shape = shape ?? [values.count]
        let count = shape.reduce(1, *)
        guard count == values.count else {
            throw TorchError(
                code: .invalidArgument, message: "a tensor of shape \(shape) needs \(count) values, not \(values.count)"
            )
        }
        let result: Result<ctorch_tensor, TorchError> = values.withUnsafeBytes { bytes in
            Tensor.make(address: bytes.baseAddress, bytes.count, shape, Element.dtype)
        }
        self.init(owning: try result.get())
    }

    /// Creates a CPU tensor with the elements of `values`, converted to another element type (`torch.tensor`). In
    /// `Tensor([0.5, 1], dtype: .float32)` the literals are of type `Double`.
    ///
    /// - Parameters:
    ///   - values: The elements; their number must match the shape.
    ///   - shape: The sizes; by default one dimension.
    ///   - dtype: The element type, or nil for that of `values`.
    /// - Throws: `TorchError` if the number of values does not match the shape.
    public convenience init<Element: TensorElement>(
        _ values: [Element], shape: [Int]? = nil, dtype: DType?
    ) throws {
        try self.init(values, shape: shape)
        if let dtype { try setData(to(dtype)) }
    }

    /// Creates a scalar: a tensor of rank 0.
    ///
    /// - Throws: `TorchError` if the memory is not available.
    public convenience init<Element: TensorElement>(_ value: Element) throws(TorchError) {
        try self.init([value], shape: [])
    }

    /// Creates a scalar of another element type. In `Tensor(0.5, dtype: .float32)` the literal is a `Double`.
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
    /// Creates a matrix: `try Tensor([[1, 2, 3], [4, 5, 6]])` is `[2, 3]` (`torch.tensor`).
    ///
    /// - Parameters:
    ///   - rows: The rows, all of the same length.
    ///   - dtype: The element type; by default int64 for `Int`, float64 for `Double`.
    /// - Throws: `TorchError` if the rows differ in length.
    public convenience init<Element: TensorElement>(_ rows: [[Element]], dtype: DType? = nil) throws {
        let size = try Self.size(of: rows, in: 1)
        try self.init(Array(rows.joined()), shape: [rows.count, size], dtype: dtype)
    }

    /// Creates a tensor of rank 3 from matrices of the same shape (`torch.tensor`).
    ///
    /// - Parameters:
    ///   - matrices: The matrices, all of the same shape.
    ///   - dtype: The element type; by default int64 for `Int`, float64 for `Double`.
    /// - Throws: `TorchError` if rows or matrices differ in size.
    public convenience init<Element: TensorElement>(_ matrices: [[[Element]]], dtype: DType? = nil) throws {
        let sizes = try [Self.size(of: matrices, in: 1), Self.size(of: Array(matrices.joined()), in: 2)]
        try self.init(Array(matrices.joined().joined()), shape: [matrices.count] + sizes, dtype: dtype)
    }

    /// Creates a tensor of rank 4, for example a batch of images (`torch.tensor`).
    ///
    /// - Parameters:
    ///   - batch: The nested arrays, all of the same shape.
    ///   - dtype: The element type; by default int64 for `Int`, float64 for `Double`.
    /// - Throws: `TorchError` if the arrays of a dimension differ in size.
    public convenience init<Element: TensorElement>(_ batch: [[[[Element]]]], dtype: DType? = nil) throws {
        let matrices = Array(batch.joined())
        let sizes = try [
            Self.size(of: batch, in: 1), Self.size(of: matrices, in: 2), Self.size(of: Array(matrices.joined()), in: 3),
        ]
        try self.init(Array(matrices.joined().joined()), shape: [batch.count] + sizes, dtype: dtype)
    }

    /// The common size of all arrays along dimension `dim`.
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

/// Tensors with given values.
extension Tensor {
    /// A tensor filled with zeros (`torch.zeros`).
    public static func zeros(_ shape: [Int], dtype: DType = .float32, device: Device = .forNewTensors) throws -> Tensor
    {
        try Operator.zeros(shape, dtype, DefaultArgument(), device)
    }

    /// A tensor filled with ones (`torch.ones`).
    public static func ones(_ shape: [Int], dtype: DType = .float32, device: Device = .forNewTensors) throws -> Tensor {
        try Operator.ones(shape, dtype, DefaultArgument(), device)
    }

    /// A tensor filled with one value (`torch.full`).
    public static func full(
        _ shape: [Int], _ value: Double, dtype: DType = .float32, device: Device = .forNewTensors
    ) throws -> Tensor {
        try Operator.full(shape, value, dtype, DefaultArgument(), device)
    }

    /// An uninitialized tensor (`torch.empty`).
    public static func empty(
        _ shape: [Int], dtype: DType = .float32, device: Device = .forNewTensors,
        memoryFormat: MemoryFormat = .contiguous
    ) throws -> Tensor {
        try Operator.empty(shape, dtype, DefaultArgument(), device, DefaultArgument(), memoryFormat)
    }

    /// The integers from 0 up to, but not including, `end`: `[end]` (`torch.arange`).
    public static func arange(_ end: Int, dtype: DType = .int64, device: Device = .forNewTensors) throws -> Tensor {
        try arange(0, end, dtype: dtype, device: device)
    }

    /// The integers from `start` up to, but not including, `end`, in steps of `step` (`torch.arange`).
    public static func arange(
        _ start: Int, _ end: Int, step: Int = 1, dtype: DType = .int64, device: Device = .forNewTensors
    ) throws -> Tensor {
        try Operator.arange(start, end, step, dtype, DefaultArgument(), device)
    }

    /// The numbers from `start` up to, but not including, `end`, in steps of `step` (`torch.arange`).
    public static func arange(
        _ start: Double, _ end: Double, step: Double, dtype: DType = .float32, device: Device = .forNewTensors
    ) throws -> Tensor {
        try Operator.arange(start, end, step, dtype, DefaultArgument(), device)
    }

    /// Evenly spaced numbers from `start` to `end`, both included: `[steps]` (`torch.linspace`).
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

    /// An uninitialized tensor of the same shape (`torch.empty_like`). Type and device are the same unless given.
    public func emptyLike(dtype: DType? = nil, device: Device? = nil) throws -> Tensor {
        try Operator.emptyLike(self, dtype, DefaultArgument(), device)
    }

    /// A tensor of zeros with the same shape (`torch.zeros_like`). Type and device are the same unless given.
    public func zerosLike(dtype: DType? = nil, device: Device? = nil) throws -> Tensor {
        try Operator.zerosLike(self, dtype, DefaultArgument(), device)
    }

    /// A tensor of ones with the same shape (`torch.ones_like`). Type and device are the same unless given.
    public func onesLike(dtype: DType? = nil, device: Device? = nil) throws -> Tensor {
        try Operator.onesLike(self, dtype, DefaultArgument(), device)
    }

    /// A tensor filled with one value, of the same shape (`torch.full_like`). Type and device are the same unless
    /// given.
    public func fullLike(_ value: Double, dtype: DType? = nil, device: Device? = nil) throws -> Tensor {
        try Operator.fullLike(self, value, dtype, DefaultArgument(), device)
    }
}
