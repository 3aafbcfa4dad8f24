internal import CTorch

/// The arguments of one call, then its results.
public final class ArgumentStack {
    let handle: ctorch_stack

    init() {
        // The stack is a few words; without memory for them nothing can be reported either.
        guard let handle = ctorch_stack_new() else { preconditionFailure("out of memory") }
        self.handle = handle
    }

    deinit { ctorch_stack_free(handle) }

    var resultCount: Int { ctorch_result_count(handle) }

    func tensor(at index: Int) throws(TorchError) -> Tensor {
        var tensor: ctorch_tensor?
        try check(ctorch_result_tensor(handle, index, &tensor))
        guard let tensor else {
            throw TorchError(code: .exception, message: "result \(index) is not a tensor")
        }
        return Tensor(owning: tensor)
    }

    /// The results that are tensors.
    var tensors: [Tensor] { (0..<resultCount).compactMap { try? tensor(at: $0) } }

    func double(at index: Int) throws(TorchError) -> Double {
        var value = 0.0
        try check(ctorch_result_double(handle, index, &value))
        return value
    }
}
