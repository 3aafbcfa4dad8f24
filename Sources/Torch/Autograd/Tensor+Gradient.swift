internal import CTorch

extension Tensor {
    /// Whether operators on this tensor are recorded for `backward()`.
    public var requiresGradient: Bool { ctorch_requires_grad(handle) }

    /// Switches the recording for a leaf of the graph, a parameter say.
    ///
    /// - Returns: this tensor.
    /// - Throws: `TorchError` for whole numbers, and for a result of recorded operators.
    @discardableResult
    public func requiresGradient(_ value: Bool) throws(TorchError) -> Tensor {
        try check(ctorch_set_requires_grad(handle, value), in: "requires_grad_", arguments: [summary])
        return self
    }

    /// The gradient that `backward()` has accumulated here, nil before the first one.
    public var gradient: Tensor? {
        var gradient: ctorch_tensor?
        guard ctorch_grad(handle, &gradient) == CTORCH_OK, let gradient else { return nil }
        return Tensor(owning: gradient)
    }

    /// Replaces the accumulated gradient; nil clears it.
    ///
    /// - Throws: `TorchError` where its shape, type or device differs from the tensor's.
    public func setGradient(_ gradient: Tensor?) throws(TorchError) {
        try check(ctorch_set_grad(handle, gradient?.handle), in: "grad", arguments: [summary])
    }

    /// Gives this tensor another's memory, shape, type and device and keeps its identity, its gradient setting
    /// included, as an assignment to PyTorch's `.data` does.
    public func setData(_ data: Tensor) throws(TorchError) {
        try check(ctorch_set_data(handle, data.handle), in: "set_data", arguments: [summary, data.summary])
    }

    /// Computes the gradients of this tensor with respect to all leaves that require one, and adds them up there.
    ///
    /// - Parameters:
    ///   - gradient: the gradient with respect to this tensor; a scalar needs none.
    ///   - retainGraph: keeps what the pass needs, for another one.
    ///   - createGraph: records the pass itself, for gradients of gradients.
    public func backward(
        gradient: Tensor? = nil, retainGraph: Bool = false, createGraph: Bool = false
    ) throws(TorchError) {
        try check(
            ctorch_backward(handle, gradient?.handle, retainGraph, createGraph), in: "backward", arguments: [summary])
    }

    /// The gradients of this tensor with respect to `inputs`, without adding them up anywhere; nil for an input that
    /// has no part in it.
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
