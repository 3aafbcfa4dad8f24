public import Platform

/// The OpenVINO library of this process, if available.
///
/// It is opened on first use: from the folder in the environment variable `APUS_OPENVINO`, or from the loader's search
/// path.
@ComputeActor
public enum OpenVINO {
    /// The version, such as `2026.4.1`.
    ///
    /// - Throws: `InferenceError` with the reason if it cannot be opened.
    public static func version() throws(InferenceError) -> String {
        try OpenVINOCore.current().version
    }

    /// Whether the processor computes with this precision faster than with float32.
    ///
    /// - Throws: `InferenceError` if there is no OpenVINO.
    public static func supports(_ precision: InferencePrecision) throws(InferenceError) -> Bool {
        let capability =
            switch precision {
            case .float32: "FP32"
            case .bfloat16: "BF16"
            case .int8: "INT8"
            }
        return try OpenVINOCore.current().capabilities.contains(capability)
    }
}

/// The location of an ONNX model.
public enum ONNXSource: Sendable {
    /// In memory.
    case bytes([UInt8])
    /// In a file whose name ends in `.onnx`. External weights are found relative to it.
    case file(String)
}
