internal import Foundation
internal import Inference
internal import TorchGraph
internal import TorchVision

/// What an ONNX file of ours tells of itself: enough to predict with it.
struct ONNXDescription: Codable {
    let version: Int
    let model: ModelDescription
    let input: ExportedInput
    let precision: InferencePrecision

    private static let version = 1
    private static let key = "apus"

    init(_ model: ModelDescription, input: ExportedInput, precision: InferencePrecision) {
        (version, self.model, self.input, self.precision) = (Self.version, model, input, precision)
    }

    /// The metadata of the file: all of it as JSON under `apus`, and what every program may want under names of its own.
    var metadata: [String: String] {
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
