internal import CTorch
internal import Foundation
internal import Platform

/// The LibTorch that this process runs on.
public enum LibTorch {
    /// Its version, `2.13.0`.
    public static var version: String { String(cString: ctorch_version()) }

    /// How many threads compute one operator on the CPU. It holds for the process.
    public static var threadCount: Int { Int(ctorch_thread_count()) }

    /// Sets how many threads compute one operator on the CPU. Sums of floating-point numbers may differ in their last
    /// bits between counts.
    ///
    /// - Throws: `TorchError` for a count below 1.
    public static func setThreadCount(_ count: Int) throws(TorchError) {
        try check(ctorch_set_thread_count(Int32(clamping: count)), in: "set_num_threads", arguments: ["\(count)"])
    }

    /// Lets the process keep the memory that tensors have freed, for the next ones; for a program's start.
    ///
    /// By default glibc gives the large blocks of a layer's results back to the system at once, and the next layer
    /// pays for getting them anew, page by page: for MobileNetV2 on 16 pictures a third of the time. The setting is the
    /// process's, so programs choose it, not libraries. Elsewhere than on glibc nothing happens.
    public static func keepFreedMemory() { ctorch_keep_freed_memory() }

    /// Lets threads that wait for each other inside an operator sleep soon, rather than keep their cores busy; for
    /// programs that pass many pictures.
    ///
    /// OpenMP's threads spin for milliseconds where one of them lags behind. With anything else at work on the machine,
    /// the program's own decoding among it, that one may be waiting for the very core that another spins on: beside one
    /// busy process, prediction on two cores took three times as long. Without one, batches take some 6 % longer this
    /// way, and single pictures twice as long.
    public static func shareCores() {
        // A team that has nothing to do is the last to start where threads are scarce.
        if !ThreadSupply.isScarce { _ = idleTeam }
    }

    /// GNU's OpenMP hardly spins once a process has more threads for it than there are processors, so a team is kept
    /// that has nothing to do.
    private static let idleTeam: Void = {
        let thread = Thread {
            // Large enough for LibTorch to split among a team, which then waits for this thread's next operator: for ever.
            _ = try? Tensor.ones([1 << 18]).exp()
            while true { Thread.sleep(forTimeInterval: 1e6) }
        }
        thread.name = "idle team"
        thread.start()
    }()
}

/// Makes new tensors on another device than the CPU, as PyTorch's `with torch.device(…)` does.
///
/// On `.meta` a network of any size costs nothing: its tensors have shapes and types, and no elements.
///
/// Tensors that are made from bytes or from values of Swift's lie on the CPU all the same.
public func withDefaultDevice<Result>(_ device: Device, _ body: () throws -> Result) rethrows -> Result {
    try Device.$forNewTensors.withValue(device, operation: body)
}

/// Runs `body` while LibTorch takes only algorithms on CUDA that give the same bits for the same numbers, as
/// `torch.use_deterministic_algorithms(True)` with cuDNN's deterministic mode does. An operator that has no such algorithm
/// fails.
///
/// The setting is the process's, so nothing else may compute on CUDA meanwhile that needs another one. cuBLAS reads its part
/// of it from the environment (`CUBLAS_WORKSPACE_CONFIG`) when it is first used, so such work comes before any other.
///
/// - Parameters:
///   - isEnabled: with false, `body` runs with the process's own setting.
///   - body: the work.
/// - Throws: what `body` throws.
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
