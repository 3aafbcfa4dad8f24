internal import CTorch

/// LibTorch's random generators.
public enum RandomState {
    /// Seeds the generators of the CPU and of every CUDA device, as `torch.manual_seed` does.
    public static func seed(_ seed: UInt64) throws(TorchError) {
        try check(ctorch_manual_seed(seed), in: "manual_seed", arguments: ["\(seed)"])
    }

    /// The state of a device's generator, bytes that `restore` takes, the same as `torch.get_rng_state` gives.
    public static func current(on device: Device = .cpu) throws(TorchError) -> Tensor {
        var state: ctorch_tensor?
        try check(ctorch_random_state(device.handle, &state), in: "get_rng_state", arguments: [device.description])
        guard let state else { throw TorchError(code: .exception, message: "no random state on \(device)") }
        return Tensor(owning: state)
    }

    /// Sets the generator of a device back to a saved state.
    public static func restore(_ state: Tensor, on device: Device = .cpu) throws(TorchError) {
        try check(
            ctorch_set_random_state(device.handle, state.handle), in: "set_rng_state", arguments: [state.summary])
    }
}
