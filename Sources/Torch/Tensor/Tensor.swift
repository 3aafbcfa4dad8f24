internal import CTorch
public import Checkpoints

/// A LibTorch tensor: an n-dimensional array of one element type on one device.
///
/// The object owns one handle and releases it on deinitialization. Views share memory, as in PyTorch. Operators throw
/// `TorchError`; one `try` covers an expression. Gradient mode, inference mode, autocast and worker threads belong to a
/// thread in LibTorch, so a tensor stays on the thread that created it and is not `Sendable`.
public final class Tensor {
    /// The tensor in LibTorch.
    package let handle: OpaquePointer

    /// Takes over a handle.
    package init(owning handle: OpaquePointer) {
        self.handle = handle
    }

    deinit { ctorch_tensor_release(handle) }

    /// The number of dimensions; 0 for a scalar.
    public var rank: Int { Int(ctorch_tensor_rank(handle)) }

    /// The size of each dimension.
    public var shape: [Int] { (0..<ctorch_tensor_rank(handle)).map { Int(ctorch_tensor_size(handle, $0)) } }

    /// The number of storage elements between neighbors, for each dimension.
    public var strides: [Int] { (0..<ctorch_tensor_rank(handle)).map { Int(ctorch_tensor_stride(handle, $0)) } }

    /// The number of elements.
    public var count: Int { Int(ctorch_tensor_element_count(handle)) }

    /// The type of the elements.
    ///
    /// An operator whose result has a type that `DType` lacks, such as a complex one, throws an error.
    public var dtype: DType {
        let number = ctorch_tensor_dtype(handle)
        guard let dtype = DType(rawValue: number) else { preconditionFailure("element type \(number) of LibTorch") }
        return dtype
    }

    /// The device of the memory.
    public var device: Device {
        let device = ctorch_tensor_device(handle)
        return Device(kind: Device.Kind(rawValue: device.type) ?? .cpu, index: Int(device.index))
    }

    /// Whether the elements are contiguous in row-major order.
    public var isContiguous: Bool { ctorch_tensor_is_contiguous(handle) }

    /// The size of a dimension (`torch.Tensor.size`); negative dimensions count from the end.
    ///
    /// - Throws: `TorchError` for a dimension out of range.
    public func size(dim: Int) throws(TorchError) -> Int {
        let rank = rank
        guard (-rank..<rank).contains(dim) else {
            throw TorchError(
                code: .invalidArgument, message: "\(summary) has \(rank) dimensions; there is no dimension \(dim)")
        }
        return Int(ctorch_tensor_size(handle, Int64(dim < 0 ? dim + rank : dim)))
    }
}

/// The memory that a tensor views.
package struct TensorStorage: Hashable {
    private let identity: UnsafeRawPointer?
    /// The size of the memory in bytes.
    package let byteCount: Int

    init(of tensor: Tensor) {
        identity = ctorch_tensor_storage_identity(tensor.handle)
        byteCount = Int(ctorch_tensor_storage_byte_count(tensor.handle))
    }
}

extension Tensor {
    /// The tensor's memory; equal for two tensors that share it.
    package var storage: TensorStorage { TensorStorage(of: self) }

    /// The position of the first element in the storage, in elements.
    public var storageOffset: Int { Int(ctorch_tensor_storage_offset(handle)) }
}

/// The identity of a tensor, whichever object represents it. It is meaningful while one of them exists.
package struct TensorIdentity: Hashable {
    private let address: UnsafeRawPointer

    init(of tensor: Tensor) { address = UnsafeRawPointer(tensor.handle) }
}

extension Tensor {
    /// The identity; equal for objects that represent the same tensor, such as the argument and result of an in-place
    /// operator.
    package var identity: TensorIdentity { TensorIdentity(of: self) }
}
