internal import CTorch
public import Checkpoints

/// A tensor of LibTorch: an n-dimensional array of one element type on one device.
///
/// The object owns one handle and frees it when it goes. Views share memory, as in PyTorch. Operators throw
/// `TorchError`; one `try` covers an expression. Gradient mode, inference mode and autocast belong to a thread in
/// LibTorch, and so does its team of workers: a tensor stays on the thread that made it and is not `Sendable`.
public final class Tensor {
    let handle: ctorch_tensor

    init(owning handle: ctorch_tensor) {
        self.handle = handle
    }

    deinit { ctorch_tensor_release(handle) }

    /// The number of dimensions; 0 for a scalar.
    public var rank: Int { Int(ctorch_tensor_rank(handle)) }

    /// The size of each dimension.
    public var shape: [Int] { (0..<ctorch_tensor_rank(handle)).map { Int(ctorch_tensor_size(handle, $0)) } }

    /// For each dimension, how many elements of the storage lie between neighbours.
    public var strides: [Int] { (0..<ctorch_tensor_rank(handle)).map { Int(ctorch_tensor_stride(handle, $0)) } }

    /// The number of elements.
    public var count: Int { Int(ctorch_tensor_element_count(handle)) }

    /// The type of the elements.
    ///
    /// An operator whose result has a type that `DType` lacks, a complex one say, throws instead.
    public var dtype: DType {
        let number = ctorch_tensor_dtype(handle)
        guard let dtype = DType(rawValue: number) else { preconditionFailure("element type \(number) of LibTorch") }
        return dtype
    }

    /// Where the memory lies.
    public var device: Device {
        let device = ctorch_tensor_device(handle)
        return Device(kind: Device.Kind(rawValue: device.type) ?? .cpu, index: Int(device.index))
    }

    /// Whether the elements lie one after the other, the last dimension densest.
    public var isContiguous: Bool { ctorch_tensor_is_contiguous(handle) }

    /// The size of a dimension (`torch.Tensor.size`); a negative one counts from the end.
    ///
    /// - Throws: `TorchError` for a dimension that the tensor does not have.
    public func size(dim: Int) throws(TorchError) -> Int {
        let rank = rank
        guard (-rank..<rank).contains(dim) else {
            throw TorchError(
                code: .invalidArgument, message: "\(summary) has \(rank) dimensions; there is no dimension \(dim)")
        }
        return Int(ctorch_tensor_size(handle, Int64(dim < 0 ? dim + rank : dim)))
    }
}

/// The memory that a tensor is a view of.
public struct TensorStorage: Hashable {
    private let identity: UnsafeRawPointer?
    /// The size of the whole memory in bytes.
    public let byteCount: Int

    init(of tensor: Tensor) {
        identity = ctorch_tensor_storage_identity(tensor.handle)
        byteCount = Int(ctorch_tensor_storage_byte_count(tensor.handle))
    }
}

extension Tensor {
    /// The memory behind the tensor: equal for two tensors that share it.
    public var storage: TensorStorage { TensorStorage(of: self) }

    /// Where in the storage the first element lies, in elements.
    public var storageOffset: Int { Int(ctorch_tensor_storage_offset(handle)) }
}

/// Which tensor it is, however many objects stand for it; meaningful as long as one of them lives.
public struct TensorIdentity: Hashable {
    private let address: UnsafeRawPointer

    init(of tensor: Tensor) { address = UnsafeRawPointer(tensor.handle) }
}

extension Tensor {
    /// Equal for objects that stand for the same tensor: what an in-place operator returns, and its argument.
    public var identity: TensorIdentity { TensorIdentity(of: self) }
}
