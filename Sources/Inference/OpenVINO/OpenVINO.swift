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
    /// Written when it is needed.
    case model(ONNXModelWriter)
}

/// Writes an ONNX model to a file or to memory. Nothing is read or computed before.
public struct ONNXModelWriter: Sendable {
    /// Writes the model to a new file at a path. Its weights may be in a second file with `.data` at the end of its
    /// name.
    let write: @ComputeActor (_ path: String) throws -> Void
    /// Returns the model as the bytes of a file.
    let bytes: @ComputeActor () throws -> [UInt8]

    /// Creates a writer.
    ///
    /// - Parameters:
    ///   - write: Writes the model to a new file at a path, for immediate use. Its weights may be in a second file with
    ///     `.data` at the end of its name.
    ///   - bytes: Returns the model as the bytes of a file.
    package init(
        write: @escaping @ComputeActor (_ path: String) throws -> Void,
        bytes: @escaping @ComputeActor () throws -> [UInt8]
    ) {
        (self.write, self.bytes) = (write, bytes)
    }
}
