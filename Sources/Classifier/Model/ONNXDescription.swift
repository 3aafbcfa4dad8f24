internal import Foundation
internal import Images
public import Inference
internal import ONNX
internal import Platform

/// The description in an ONNX file of Apus, which is sufficient for prediction.
package struct ONNXDescription: Codable {
    let version: Int
    package let model: ModelDescription
    let input: ExportedInput
    package let precision: InferencePrecision

    /// The version of the format. Version 2 has other names of keys (`FormerKeys.swift`).
    private static let version = 2
    private static let key = "apus"

    package init(_ model: ModelDescription, input: ExportedInput, precision: InferencePrecision) {
        (version, self.model, self.input, self.precision) = (Self.version, model, input, precision)
    }

    /// The metadata of the file: everything as JSON under `apus`, and `classes` and `preprocessing` for other programs.
    package var metadata: [String: String] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            func json(_ value: some Encodable) throws -> String {
                String(decoding: try encoder.encode(value), as: UTF8.self)
            }
            return [
                Self.key: try json(self), "classes": try json(model.classes),
                "preprocessing": try json(model.preprocessing),
            ]
        }
    }

    /// Reads the description of a file.
    ///
    /// - Throws: `ApusError` for a file that has none or that can't be used for prediction.
    init(of file: ONNXFile, path: String) throws {
        guard let text = file.metadata[Self.key] else {
            throw ApusError(
                .notAClassifier, path: path, "it contains a network, but no classes and preprocessing",
                advice: "use a file that was exported from a classifier")
        }
        try ModelFile.demandShort(text, path)
        let decoder = JSONDecoder.forFiles
        struct Version: Decodable { let version: Int }
        let data = Data(text.utf8)
        guard let found = try? decoder.decode(Version.self, from: data) else {
            throw ApusError.damaged(path, "its description is damaged")
        }
        guard found.version <= Self.version else {
            throw ApusError.newerFormat(found.version, path, ours: Self.version)
        }
        do {
            self = try decoder.decode(Self.self, from: data)
        } catch {
            throw ApusError.damaged(path, "its description is damaged", by: error)
        }
        guard input == .pixels else {
            throw ApusError(
                .unsupportedInput, path: path, value: input.name,
                "it expects \(input.tensors) ('\(input.name)'); prediction needs raw pixels",
                advice: "export it with the input \(ExportedInput.pixels)")
        }
        guard !model.classes.isEmpty else {
            throw ApusError.damaged(path, "its description is damaged (it has no classes)")
        }
        let side = model.preprocessing.cropSize
        guard let sizes = file.pixelSizes, Array(sizes[1...]) == [side, side, 3] else {
            throw ApusError.damaged(
                path, "its network does not accept images of \(side) x \(side) pixels, unlike its description")
        }
    }
}

/// The inputs of ONNX files.
public enum ExportedInput: String, Sendable, Codable, CaseIterable {
    /// Normalized images `[N, 3, H, W]` in float32, as in PyTorch.
    case normalized
    /// Images `[N, 3, H, W]` in float32 from 0 to 1. The file contains the normalization.
    case normalization
    /// Images `[N, H, W, 3]` of 8-bit pixels. The file contains everything except resizing and cropping.
    case pixels

    /// The name of the input in the file.
    package var name: String {
        switch self {
        case .normalized: "input"
        case .normalization: "image"
        case .pixels: "pixels"
        }
    }

    /// A description of the input.
    var tensors: String {
        switch self {
        case .normalized: "normalized input"
        case .normalization: "values from 0 to 1"
        case .pixels: "raw pixels"
        }
    }
}

extension ImageClassifier {
    /// Opens a classifier from a model file with a graph, or from an ONNX file whose input is pixels.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - inference: the options of inference.
    /// - Throws: `ApusError` or `CheckpointError` for a file that is damaged or not a classifier, and `ApusError` with
    ///   the code `needsLibTorch` for a model file without a graph.
    @_disfavoredOverload
    public convenience init(contentsOf path: String, inference: InferenceOptions = .init()) async throws {
        if path.hasSuffix(".onnx") {
            try self.init(onnxFile: path, inference)
            return
        }
        let (description, graph) = try ModelFile.read(path)
        guard let graph else {
            throw ApusError.needsLibTorch(
                path, "without LibTorch, only a model file with a graph can be opened",
                advice: "write it again with 'apus export' where LibTorch is installed, or use a program with LibTorch")
        }
        self.init(description, ModelFileSource(path, graph), inference)
    }

    /// Opens a classifier from a file that is known to be an ONNX file.
    package convenience init(onnxFile path: String, _ inference: InferenceOptions) throws {
        let file = try ONNXFile(contentsOf: path)
        let described = try ONNXDescription(of: file, path: path)
        try self.init(
            described.model, ONNXFileSource(file, path: path, precision: described.precision), inference)
    }
}
