internal import CTorch
public import Checkpoints

extension Operator {
    static let toCopy = Operator("aten::_to_copy")
    static let toDType = Operator("aten::to.dtype")
    static let toDevice = Operator("aten::to.dtype_layout")
    static let pinMemory = Operator("aten::pin_memory")
    static let contiguous = Operator("aten::contiguous")
    static let clone = Operator("aten::clone")
    static let copy = Operator("aten::copy_")
    static let detach = Operator("aten::detach")
}

extension Tensor {
    /// The same values with another element type. Returns the tensor itself if it already has that type.
    public func to(_ dtype: DType) throws -> Tensor {
        dtype == self.dtype ? self : try Operator.toDType(self, dtype)
    }

    /// The same values on another device. Returns the tensor itself if it is already there.
    ///
    /// - Parameters:
    ///   - device: The device.
    ///   - nonBlocking: Whether a copy from pinned memory may run asynchronously.
    public func to(_ device: Device, nonBlocking: Bool = false) throws -> Tensor {
        if device == self.device { return self }
        return try Operator.toDevice(
            self, DType?.none, DefaultArgument(), device, DefaultArgument(), nonBlocking)
    }

    /// The same values in pinned memory, from which a CUDA device copies asynchronously.
    ///
    /// - Throws: `TorchError` if there is no CUDA device.
    public func pinned() throws -> Tensor { try Operator.pinMemory(self) }

    /// The same values in the given memory format. Returns the tensor itself if it already has this format.
    public func contiguous(_ format: MemoryFormat = .contiguous) throws -> Tensor {
        try Operator.contiguous(self, format)
    }

    /// A copy with its own memory. Gradients flow through it; use `detach()` first to stop them.
    public func clone() throws -> Tensor { try Operator.clone(self) }

    /// A tensor that shares this memory but is detached from the gradient graph.
    public func detach() throws -> Tensor { try Operator.detach(self) }

    /// Copies the values of `source`, broadcast and converted as needed, into this tensor's memory.
    ///
    /// - Returns: This tensor.
    @discardableResult
    public func copy(from source: Tensor) throws -> Tensor {
        try Operator.copy.run(self, source)
        return self
    }

    /// Passes the elements' bytes to `body` in row-major order.
    ///
    /// A tensor on another device or with another layout is copied first. The bytes are valid only inside `body`.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        let source = try detach().to(.cpu).contiguous()
        return try withExtendedLifetime(source) {
            let bytes = UnsafeRawBufferPointer(
                start: ctorch_tensor_data(source.handle), count: source.count * source.dtype.byteCount)
            return try body(bytes)
        }
    }

    /// Passes the writable bytes of a contiguous CPU tensor to `body`. The bytes are valid only inside `body`.
    ///
    /// - Throws: `TorchError` for a tensor on another device or with another layout.
    public func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) throws -> Result {
        guard isContiguous, device == .cpu else {
            throw TorchError(
                code: .invalidArgument, message: "only a contiguous tensor on the CPU can be written to, not \(summary)"
            )
        }
        return try withExtendedLifetime(self) {
            try body(
                UnsafeMutableRawBufferPointer(start: ctorch_tensor_data(handle), count: count * dtype.byteCount))
        }
    }

    /// The elements as a Swift array in row-major order, converted to `Element` if the type differs.
    public func array<Element: TensorElement>(as type: Element.Type = Element.self) throws -> [Element] {
        try to(Element.dtype).withUnsafeBytes { bytes in Array(bytes.bindMemory(to: Element.self)) }
    }

    /// The element of a tensor that has exactly one.
    ///
    /// - Throws: `TorchError` if the tensor does not have exactly one element.
    public func item<Element: TensorElement>(as type: Element.Type = Element.self) throws -> Element {
        guard count == 1, let value = try array(as: type).first else {
            throw TorchError(code: .invalidArgument, message: "\(summary) has \(count) elements; expected exactly 1")
        }
        return value
    }
}
