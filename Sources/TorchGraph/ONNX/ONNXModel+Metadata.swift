internal import Foundation
internal import SwiftProtobuf

extension ONNXModel {
    /// Reads the keys and values that a file holds beside its graph.
    ///
    /// - Throws: `ONNXError` for a file that can't be read or is no ONNX model.
    public static func readMetadata(of path: String) throws -> [String: String] {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
        } catch {
            throw ONNXError("\(path): can't be read: \(error.localizedDescription)")
        }
        guard let model = try? Onnx_ModelProto(serializedBytes: data), model.hasGraph else {
            throw ONNXError("\(path): it is no ONNX model, or a damaged one; take another copy of the file")
        }
        return Dictionary(model.metadataProps.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}
