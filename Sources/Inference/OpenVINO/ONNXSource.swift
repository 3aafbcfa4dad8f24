/// Where an ONNX model is.
public enum ONNXSource: Sendable {
    /// In memory.
    case bytes([UInt8])
    /// In a file, whose name ends in `.onnx`. Weights in files beside it are found from there.
    case file(String)
}
