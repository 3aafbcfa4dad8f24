// What the reader of ONNX files needs of the rest of the package.

/// As in `TorchGraph`.
public struct ONNXError: Error, CustomStringConvertible {
    /// What is in the way.
    public let description: String

    init(_ description: String) { self.description = description }
}
