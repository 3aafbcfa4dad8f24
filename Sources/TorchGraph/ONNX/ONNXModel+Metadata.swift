extension ONNXModel {
    /// Reads the keys and values that a file holds beside its graph.
    ///
    /// - Throws: `ONNXError` for a file that can't be read or is no ONNX model.
    public static func readMetadata(of path: String) throws -> [String: String] {
        try ONNXFile(contentsOf: path).metadata
    }
}
