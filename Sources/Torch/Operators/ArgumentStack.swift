internal import CTorch
internal import Checkpoints

/// The arguments of one call, and afterwards its results.
public final class ArgumentStack {
    let handle: ctorch_stack
    private let operatorName: String

    init(of operatorName: String) {
        // The stack is a few words long. Without memory for it, an error cannot be reported either.
        guard let handle = ctorch_stack_new() else { preconditionFailure("out of memory") }
        self.handle = handle
        self.operatorName = operatorName
    }

    deinit { ctorch_stack_free(handle) }

    var resultCount: Int { ctorch_result_count(handle) }

    /// A result that is a tensor with an element type of `DType`. No other becomes a `Tensor`.
    func tensor(at index: Int) throws(TorchError) -> Tensor {
        var handle: ctorch_tensor?
        try check(ctorch_result_tensor(self.handle, index, &handle), in: operatorName)
        guard let handle else {
            throw TorchError(code: .exception, message: "result \(index) is not a tensor", operatorName: operatorName)
        }
        let tensor = Tensor(owning: handle)
        let number = ctorch_tensor_dtype(handle)
        guard DType(rawValue: number) != nil else {
            throw TorchError(
                code: .unsupportedElementType,
                message: "the result has elements of type \(DType.unsupportedName(of: number)); a Tensor holds real "
                    + "numbers (\(DType.allCases.map(\.name).joined(separator: ", ")))",
                operatorName: operatorName)
        }
        return tensor
    }

    /// The results that are tensors.
    var tensors: [Tensor] { (0..<resultCount).compactMap { try? tensor(at: $0) } }

    func double(at index: Int) throws(TorchError) -> Double {
        var value = 0.0
        try check(ctorch_result_double(handle, index, &value))
        return value
    }
}

extension DType {
    /// The name of a LibTorch element type that `DType` lacks.
    fileprivate static func unsupportedName(of number: Int8) -> String {
        switch number {
        case 8: "complex32"
        case 9: "complex64"
        case 10: "complex128"
        default: "number \(number) of c10::ScalarType"
        }
    }
}
