internal import CTorch
internal import LibC
internal import Platform

/// The LibTorch library of this process.
public enum LibTorch {
    /// The version, such as `2.13.0`. Loads LibTorch.
    public static var version: String { String(cString: ctorch_version()) }

    /// The number of threads that compute one operator on the CPU. It applies to the whole process. Loads LibTorch.
    public static var threadCount: Int { Int(ctorch_thread_count()) }

    /// Sets the number of threads that compute one operator on the CPU. The last bits of floating-point sums may depend
    /// on it. Does not load LibTorch.
    ///
    /// - Throws: `TorchError` for a count below 1.
    public static func setThreadCount(_ count: Int) throws(TorchError) {
        let arguments = ["\(count)"]
        guard count >= 1 else {
            throw TorchError(
                code: .invalidArgument, message: "the number of threads must be at least 1",
                operatorName: "set_num_threads", arguments: arguments)
        }
        try check(ctorch_limit_threads(Int32(clamping: count)), in: "set_num_threads", arguments: arguments)
    }

    /// Lets the process reuse the memory that tensors have freed. Call it when the program starts.
    ///
    /// By default glibc returns the large blocks of a layer's results to the system at once, and the next layer
    /// requests them again, page by page. For MobileNetV2 on 16 images this takes a third of the time. The setting
    /// applies to the process, so programs choose it, not libraries. It has no effect without glibc.
    public static func keepFreedMemory() { ctorch_keep_freed_memory() }

    /// Makes threads that wait for each other inside an operator sleep soon instead of keeping their cores busy. It is
    /// for programs that pass many images. Loads LibTorch.
    ///
    /// OpenMP's threads spin for milliseconds when one of them lags behind. If the machine has other work, such as the
    /// program's own decoding, that thread may wait for the core on which another one spins. With one busy process in
    /// parallel, prediction on two cores took three times as long. Without one, batches take about 6 % longer with this
    /// setting, and single images twice as long.
    public static func shareCores() {
        // A team without work is the last to start when threads are scarce.
        if !ThreadSupply.isScarce, isAvailable { _ = idleTeam }
    }

    /// GNU's OpenMP hardly spins when a process has more threads than processors, so an idle team is kept.
    private static let idleTeam = WorkerThread.start("idle team") {
        // The tensor is large enough for LibTorch to split the work among a team, which then waits forever for this
        // thread.
        _ = try? Tensor.ones([1 << 18]).exp()
        while true { sleep(.max) }
    }
}

/// Creates new tensors on another device than the CPU, like PyTorch's `with torch.device(…)`.
///
/// On `.meta`, a network of any size needs no memory: its tensors have shapes and types, but no elements.
///
/// Tensors created from bytes or Swift values are always on the CPU.
public func withDefaultDevice<Result>(_ device: Device, _ body: () throws -> Result) rethrows -> Result {
    try Device.$forNewTensors.withValue(device, operation: body)
}

/// Runs `body` while LibTorch uses only deterministic CUDA algorithms, like `torch.use_deterministic_algorithms(True)`
/// with cuDNN's deterministic mode. An operator without such an algorithm fails.
///
/// The setting applies to the process, so no other CUDA work may need a different one at the same time. cuBLAS reads
/// its part of the setting from the environment (`CUBLAS_WORKSPACE_CONFIG`) when it is first used, so such work must
/// come first.
///
/// - Parameters:
///   - isEnabled: If false, `body` runs with the current setting.
///   - body: The work.
/// - Throws: The error of `body`.
public func withDeterministicAlgorithms<Result>(_ isEnabled: Bool = true, _ body: () throws -> Result) throws -> Result
{
    guard isEnabled, !ctorch_is_deterministic() else { return try body() }
    try check(ctorch_set_deterministic(true), in: "use_deterministic_algorithms", arguments: ["true"])
    defer { _ = ctorch_set_deterministic(false) }
    return try body()
}

/// LibTorch's random generators.
public enum RandomState {
    /// Seeds the generators of the CPU and of every CUDA device, as `torch.manual_seed` does.
    public static func seed(_ seed: UInt64) throws(TorchError) {
        try check(ctorch_manual_seed(seed), in: "manual_seed", arguments: ["\(seed)"])
    }

    /// The state of a device's generator, as `torch.get_rng_state` returns it. `restore` takes it.
    public static func current(on device: Device = .cpu) throws(TorchError) -> Tensor {
        var state: ctorch_tensor?
        try check(ctorch_random_state(device.handle, &state), in: "get_rng_state", arguments: [device.description])
        guard let state else { throw TorchError(code: .exception, message: "no random state on \(device)") }
        return Tensor(owning: state)
    }

    /// Restores a saved state of a device's generator.
    public static func restore(_ state: Tensor, on device: Device = .cpu) throws(TorchError) {
        try check(
            ctorch_set_random_state(device.handle, state.handle), in: "set_rng_state", arguments: [state.summary])
    }
}
