internal import CTorch
public import Checkpoints

/// Runs `body` without recording operators for gradients, on this thread.
///
/// The closure is synchronous because the mode belongs to the thread.
public func withoutGradient<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let before = ctorch_grad_mode()
    ctorch_set_grad_mode(false)
    defer { ctorch_set_grad_mode(before) }
    return try body()
}

/// Runs `body` with recording enabled, also inside `withoutGradient`.
public func withGradient<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let before = ctorch_grad_mode()
    ctorch_set_grad_mode(true)
    defer { ctorch_set_grad_mode(before) }
    return try body()
}

/// Runs `body` in inference mode on this thread: operators are not recorded, and tensors carry no autograd state.
///
/// Tensors created inside can never take part in a recorded computation.
public func withInferenceMode<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let guardian = ctorch_inference_mode_enter()
    defer { ctorch_inference_mode_leave(guardian) }
    return try body()
}

/// Whether operators are recorded on this thread.
public var isGradientEnabled: Bool { ctorch_grad_mode() }

/// Runs `body` with automatic mixed precision, on this thread: LibTorch casts to `dtype` where that is safe
/// (convolutions, matrix products) and keeps float32 elsewhere, as `torch.autocast` does.
///
/// - Throws: The error of `body`, or `TorchError` for a device without autocast.
public func withAutocast<Result>(
    _ dtype: DType, on kind: Device.Kind = .cpu, enabled: Bool = true, _ body: () throws -> Result
) throws -> Result {
    var before = ctorch_autocast()
    try check(ctorch_autocast_get(kind.rawValue, &before), in: "autocast")
    try check(
        ctorch_autocast_set(kind.rawValue, ctorch_autocast(enabled: enabled, dtype: dtype.rawValue)), in: "autocast")
    try check(ctorch_autocast_nest(1), in: "autocast")
    defer {
        // Restoring a mode that was read before cannot fail.
        _ = ctorch_autocast_nest(-1)
        _ = ctorch_autocast_set(kind.rawValue, before)
    }
    return try body()
}
