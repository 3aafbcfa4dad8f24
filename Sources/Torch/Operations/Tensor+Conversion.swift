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
    /// The same values as another element type; the tensor itself where it has that type already.
    public func to(_ dtype: DType) throws -> Tensor {
        dtype == self.dtype ? self : try Operator.toDType(self, dtype)
    }

    /// The same values on another device; the tensor itself where it lies there already.
    ///
    /// - Parameters:
    ///   - device: the device.
    ///   - nonBlocking: lets a copy from pinned memory run beside other work.
    public func to(_ device: Device, nonBlocking: Bool = false) throws -> Tensor {
        if device == self.device { return self }
        return try Operator.toDevice(
            self, DType?.none, DefaultArgument(), device, DefaultArgument(), nonBlocking)
    }

    /// The same values in memory that a CUDA device copies from by itself, beside other work.
    ///
    /// - Throws: `TorchError` where there is no CUDA device.
    public func pinned() throws -> Tensor { try Operator.pinMemory(self) }

    /// The same values in the given layout; the tensor itself where it lies so already.
    public func contiguous(_ format: MemoryFormat = .contiguous) throws -> Tensor {
        try Operator.contiguous(self, format)
    }

    /// A copy in memory of its own. Gradients flow through it; `detach()` first where they must not.
    public func clone() throws -> Tensor { try Operator.clone(self) }

    /// The same memory without a history of gradients.
    public func detach() throws -> Tensor { try Operator.detach(self) }

    /// Copies the values of `source`, broadcast and converted as needed, into this tensor's memory.
    ///
    /// - Returns: this tensor.
    @discardableResult
    public func copy(from source: Tensor) throws -> Tensor {
        try Operator.copy.run(self, source)
        return self
    }

    /// Reads the elements' bytes, one element after the other, the last dimension densest.
    ///
    /// A tensor on another device, or laid out otherwise, is copied first. The bytes are valid inside `body` alone.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        let source = try detach().to(.cpu).contiguous()
        return try withExtendedLifetime(source) {
            let bytes = UnsafeRawBufferPointer(
                start: ctorch_tensor_data(source.handle), count: source.count * source.dtype.byteCount)
            return try body(bytes)
        }
    }

    /// Writes the elements' bytes of a contiguous tensor on the CPU. The bytes are valid inside `body` alone.
    ///
    /// - Throws: `TorchError` for a tensor elsewhere or laid out otherwise.
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

    /// The elements as a Swift array, the last dimension densest, converted to `Element`'s type where theirs differs.
    public func array<Element: TensorElement>(as type: Element.Type = Element.self) throws -> [Element] {
        try to(Element.dtype).withUnsafeBytes { bytes in Array(bytes.bindMemory(to: Element.self)) }
    }

    /// The one element of a tensor that has just one.
    ///
    /// - Throws: `TorchError` where there are more or none.
    public func item<Element: TensorElement>(as type: Element.Type = Element.self) throws -> Element {
        guard count == 1, let value = try array(as: type).first else {
            throw TorchError(code: .invalidArgument, message: "\(summary) holds \(count) elements; one is wanted")
        }
        return value
    }
}
