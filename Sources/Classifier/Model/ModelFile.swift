internal import Checkpoints
internal import Foundation
internal import Platform

/// A trained classifier as one safetensors file.
///
/// The tensors have PyTorch's names, so `safetensors.torch.load_file` returns a state dict for torchvision's network. The
/// metadata contains the description as JSON under `apus`, and the `format` is `pt`, as in PyTorch.
package enum ModelFile {
    /// The content of the metadata.
    package struct Envelope: Codable {
        package let version: Int
        package let model: ModelDescription

        package init(version: Int, model: ModelDescription) { (self.version, self.model) = (version, model) }
    }

    /// The version of the format. Version 2 supports networks with options and custom networks, version 3 has other names of
    /// keys (`FormerKeys.swift`).
    package static let version = 3
    package static let key = "apus"

    /// Reads the description of the classifier, without its weights.
    package static func readDescription(_ path: String) throws -> ModelDescription {
        try description(in: CheckpointLayout.metadata(ofFile: path), of: path)
    }

    /// The largest size of a description. A thousand classes take 20,000 bytes, and a million training images 11 million.
    private static let longestText = 48 << 20

    /// Throws an error for a description that is too long.
    static func demandShort(_ text: String, _ path: String) throws(ApusError) {
        guard text.utf8.count <= longestText else {
            throw .damaged(path, "its description is too long (\(text.utf8.count) bytes)")
        }
    }

    private static func description(in metadata: [String: String], of path: String) throws -> ModelDescription {
        guard let text = metadata[key] else {
            throw ApusError(
                .notAClassifier, path: path,
                "it contains weights, but no classes and preprocessing",
                advice: "use it as initial weights of a training, or open it with the name of its network: "
                    + "ImageClassifier(weights:for:classes:)")
        }
        try demandShort(text, path)
        let decoder = JSONDecoder.forFiles
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
