/// Makes new tensors on another device than the CPU, as PyTorch's `with torch.device(…)` does.
///
/// On `.meta` a network of any size costs nothing: its tensors have shapes and types, and no elements.
///
/// Tensors that are made from bytes or from values of Swift's lie on the CPU all the same.
public func withDefaultDevice<Result>(_ device: Device, _ body: () throws -> Result) rethrows -> Result {
    try Device.$forNewTensors.withValue(device, operation: body)
}
