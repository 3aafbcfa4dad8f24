internal import CTorch

extension Tensor {
    /// Whether operators on this tensor are recorded for `backward()`.
    public var requiresGradient: Bool { ctorch_requires_grad(handle) }

    /// Enables or disables recording for a leaf of the graph, for example a parameter.
    ///
    /// - Returns: This tensor.
    /// - Throws: `TorchError` for integer tensors and for results of recorded operators.
    @discardableResult
    public func requiresGradient(_ value: Bool) throws(TorchError) -> Tensor {
        try check(ctorch_set_requires_grad(handle, value), in: "requires_grad_", arguments: [summary])
        return self
    }

    /// The gradient that `backward()` has accumulated, or nil before the first call.
    public var gradient: Tensor? {
        var gradient: ctorch_tensor?
        guard ctorch_grad(handle, &gradient) == CTORCH_OK, let gradient else { return nil }
        return Tensor(owning: gradient)
    }

    /// Replaces the accumulated gradient; nil clears it.
    ///
    /// - Throws: `TorchError` if the shape, type or device differs from the tensor's.
    public func setGradient(_ gradient: Tensor?) throws(TorchError) {
        try check(ctorch_set_grad(handle, gradient?.handle), in: "grad", arguments: [summary])
    }

    /// Replaces the memory, shape, type and device of this tensor with those of another tensor, like an assignment to
    /// PyTorch's `.data`. The tensor keeps its identity and its gradient setting.
    public func setData(_ data: Tensor) throws(TorchError) {
        try check(ctorch_set_data(handle, data.handle), in: "set_data", arguments: [summary, data.summary])
    }

    /// Computes the gradients of this tensor with respect to all leaves that require one, and accumulates them there.
    ///
    /// - Parameters:
    ///   - gradient: The gradient with respect to this tensor. A scalar needs none.
    ///   - retainGraph: Whether to keep the graph for another backward pass.
    ///   - createGraph: Whether to record the pass itself, for gradients of gradients.
    public func backward(
        gradient: Tensor? = nil, retainGraph: Bool = false, createGraph: Bool = false
    ) throws(TorchError) {
        try check(
            ctorch_backward(handle, gradient?.handle, retainGraph, createGraph), in: "backward", arguments: [summary])
    }

    /// Returns the gradients of this tensor with respect to `inputs` without accumulating them. The gradient is nil for
    /// an input that does not contribute to this tensor.
    public func gradients(
        withRespectTo inputs: [Tensor], retainGraph: Bool = false, createGraph: Bool = false
    ) throws(TorchError) -> [Tensor?] {
        var results = [ctorch_tensor?](repeating: nil, count: inputs.count)
        let status = ctorch_gradients(
            handle, inputs.map { Optional($0.handle) }, inputs.count, retainGraph, createGraph, &results)
        try check(status, in: "grad", arguments: [summary])
        return results.map { $0.map(Tensor.init(owning:)) }
    }
}
