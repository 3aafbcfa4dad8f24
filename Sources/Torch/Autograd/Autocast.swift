internal import CTorch

/// Runs `body` with automatic mixed precision, on this thread: LibTorch casts to `dtype` where that is safe
/// (convolutions, matrix products) and keeps float32 elsewhere, as `torch.autocast` does.
///
/// - Throws: what `body` throws, or `TorchError` for a device without autocast.
public func withAutocast<Result>(
    _ dtype: DType, on kind: Device.Kind = .cpu, enabled: Bool = true, _ body: () throws -> Result
) throws -> Result {
    var before = ctorch_autocast()
    try check(ctorch_autocast_get(kind.rawValue, &before), in: "autocast")
    try check(
        ctorch_autocast_set(kind.rawValue, ctorch_autocast(enabled: enabled, dtype: dtype.rawValue)), in: "autocast")
    try check(ctorch_autocast_nest(1), in: "autocast")
    defer {
        // Setting back what was read a moment ago cannot fail.
        _ = ctorch_autocast_nest(-1)
        _ = ctorch_autocast_set(kind.rawValue, before)
    }
    return try body()
}
