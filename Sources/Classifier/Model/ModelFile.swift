internal import Checkpoints
internal import Foundation
internal import Platform

/// A trained classifier as one safetensors file.
///
/// The tensors bear PyTorch's names, so `safetensors.torch.load_file` gives a state dict that torchvision's network
/// loads. The metadata's `apus` is the description as JSON; `format` is `pt`, as PyTorch's users have it.
package enum ModelFile {
    /// What the metadata holds.
    package struct Envelope: Codable {
        package let version: Int
        package let model: ModelDescription

        package init(version: Int, model: ModelDescription) { (self.version, self.model) = (version, model) }
    }

    /// Version 2 has networks that are made with options, or described. A file that has neither is of version 1, which
    /// older programs read.
    package static let version = 2
    package static let key = "apus"

    /// Reads what the classifier is, apart from its weights.
    package static func readDescription(_ path: String) throws -> ModelDescription {
        try description(in: CheckpointLayout.metadata(ofFile: path), of: path)
    }

    /// No description is longer: a thousand classes take twenty thousand bytes, and a million images of a training eleven
    /// million.
    private static let longestText = 48 << 20

    /// Refuses a description that would only take time and memory.
    static func demandShort(_ text: String, _ path: String) throws(ApusError) {
        guard text.utf8.count <= longestText else {
            throw .damaged(path, "its description has \(text.utf8.count) bytes, far more than any needs")
        }
    }

    private static func description(in metadata: [String: String], of path: String) throws -> ModelDescription {
        guard let text = metadata[key] else {
            throw ApusError(
                .notAClassifier, path: path,
                "it holds weights, but neither classes nor preprocessing, so it can't be used by itself",
                advice: "start a training from it, or open it with the name of its network: "
                    + "ImageClassifier(weights:for:classes:)")
        }
        try demandShort(text, path)
        let decoder = JSONDecoder()
        let data = Data(text.utf8)
        struct Version: Decodable { let version: Int }
        guard let found = try? decoder.decode(Version.self, from: data) else {
            throw ApusError.damaged(path, "its description is damaged")
        }
        guard found.version <= version else {
            throw ApusError.newerFormat(found.version, path, ours: version)
        }
        let description: ModelDescription
        do {
            description = try decoder.decode(Envelope.self, from: data).model
        } catch {
            throw ApusError.damaged(path, "its description is damaged", by: error)
        }
        guard !description.classes.isEmpty else {
            throw ApusError.damaged(path, "its description is damaged (it has no classes)")
        }
        return description
    }
}
