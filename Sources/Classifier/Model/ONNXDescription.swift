internal import Foundation
internal import Images
public import Inference
internal import ONNX
internal import Platform

/// What an ONNX file of ours tells of itself: enough to predict with it.
package struct ONNXDescription: Codable {
    let version: Int
    package let model: ModelDescription
    let input: ExportedInput
    package let precision: InferencePrecision

    private static let version = 1
    private static let key = "apus"

    package init(_ model: ModelDescription, input: ExportedInput, precision: InferencePrecision) {
        (version, self.model, self.input, self.precision) = (Self.version, model, input, precision)
    }

    /// The metadata of the file: all of it as JSON under `apus`, and what every program may want under names of its own.
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
    /// - Throws: `ApusError` for a file that has none, or one that can't be predicted with.
    init(of file: ONNXFile, path: String) throws {
        guard let text = file.metadata[Self.key] else {
            throw ApusError(
                "\(path): it holds a network, but neither classes nor preprocessing; predict with a file that "
                    + "'apus export' wrote")
        }
        try ModelFile.demandShort(text, path)
        let decoder = JSONDecoder()
        struct Version: Decodable { let version: Int }
        let data = Data(text.utf8)
        guard let found = try? decoder.decode(Version.self, from: data) else {
            throw ApusError("\(path): its description is damaged; take another copy of the file")
        }
        guard found.version <= Self.version else {
            throw ApusError("\(path): it was written by a newer Apus (format \(found.version)); update Apus")
        }
        do {
            self = try decoder.decode(Self.self, from: data)
        } catch {
            throw ApusError("\(path): its description is damaged (\(error)); take another copy of the file")
        }
        guard input == .pixels else {
            throw ApusError(
                "\(path): it begins at '\(input.name)', and prediction needs one that begins at pixels; export it with "
                    + "'--with-preprocessing pixels'")
        }
        guard !model.classes.isEmpty else { throw ApusError("\(path): it has no classes") }
        let side = model.preprocessing.cropSize
        guard let sizes = file.pixelSizes, Array(sizes[1...]) == [side, side, 3] else {
            throw ApusError(
                "\(path): its network does not take pictures of \(side) x \(side) pixels, as its description says; take "
                    + "another copy of the file")
        }
    }
}

/// What an ONNX file begins with.
public enum ExportedInput: String, Sendable, Codable, CaseIterable {
    /// Normalised pictures `[N, 3, H, W]` in float32, as the network in PyTorch takes them.
    case normalized
    /// Pictures `[N, 3, H, W]` in float32 from 0 to 1: the normalisation is inside.
    case normalization
    /// Pictures `[N, H, W, 3]` of 8-bit pixels: all but resizing and cropping is inside.
    case pixels

    /// The input's name in the file.
    package var name: String {
        switch self {
        case .normalized: "input"
        case .normalization: "image"
        case .pixels: "pixels"
        }
    }
}

extension ImageClassifier {
    /// Opens a finished classifier: an ONNX file that begins at pixels.
    ///
    /// - Parameter inference: how it computes.
    /// - Throws: `ApusError` for a file that is damaged, cut, or no classifier.
    @_disfavoredOverload
    public convenience init(contentsOf path: String, inference: InferenceOptions = .init()) async throws {
        guard path.hasSuffix(".onnx") else {
            throw ApusError(
                "\(path): without LibTorch a classifier is opened from an ONNX file; export one from this file")
        }
        try self.init(onnxFile: path, inference)
    }

    /// The same, for who has looked at the file's name already.
    package convenience init(onnxFile path: String, _ inference: InferenceOptions) throws {
        let file = try ONNXFile(contentsOf: path)
        let described = try ONNXDescription(of: file, path: path)
        try self.init(
            described.model, ONNXFileSource(file, path: path, precision: described.precision), inference)
    }
}
