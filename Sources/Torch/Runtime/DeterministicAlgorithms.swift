internal import CTorch

/// Runs `body` while LibTorch takes only algorithms on CUDA that give the same bits for the same numbers, as
/// `torch.use_deterministic_algorithms(True)` with cuDNN's deterministic mode does. An operator that has no such algorithm
/// fails.
///
/// The setting is the process's, so nothing else may compute on CUDA meanwhile that needs another one. cuBLAS reads its part
/// of it from the environment (`CUBLAS_WORKSPACE_CONFIG`) when it is first used, so such work comes before any other.
///
/// - Parameter isEnabled: with false, `body` runs with the process's own setting.
/// - Throws: what `body` throws.
public func withDeterministicAlgorithms<Result>(_ isEnabled: Bool = true, _ body: () throws -> Result) throws -> Result
{
    guard isEnabled, !ctorch_is_deterministic() else { return try body() }
    try check(ctorch_set_deterministic(true), in: "use_deterministic_algorithms", arguments: ["true"])
    defer { _ = ctorch_set_deterministic(false) }
    return try body()
}
