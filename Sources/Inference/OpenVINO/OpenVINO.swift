public import Platform

/// The OpenVINO that this process can use, if there is one.
///
/// It is opened when it is first asked for: from the folder that the environment variable `APUS_OPENVINO` names, or
/// else where the loader finds it.
@ComputeActor
public enum OpenVINO {
    /// Its version, `2026.4.1`.
    ///
    /// - Throws: `InferenceError` that tells why it cannot be opened.
    public static func version() throws(InferenceError) -> String {
        try OpenVINOCore.current().version
    }

    /// Whether it computes with such numbers on this machine's processor faster than with float32.
    ///
    /// - Throws: `InferenceError` where there is no OpenVINO.
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

/// Where an ONNX model is.
public enum ONNXSource: Sendable {
    /// In memory.
    case bytes([UInt8])
    /// In a file, whose name ends in `.onnx`. Weights in files beside it are found from there.
    case file(String)
}
