internal import Checkpoints
internal import Foundation
internal import Platform

/// A trained classifier as one safetensors file.
///
/// The tensors have PyTorch's names, so `safetensors.torch.load_file` returns a state dict for torchvision's network.
/// The metadata contains the description as JSON under `apus`, the network's graph under `apus-graph`, and the `format`
/// is `pt`, as in PyTorch.
package enum ModelFile {
    /// The content of the metadata.
    package struct Envelope: Codable {
        package let version: Int
        package let model: ModelDescription
        /// The use of the graph under `apus-graph`; nil if there is none.
        package let graph: GraphNote?

        package init(version: Int, model: ModelDescription, graph: GraphNote? = nil) {
            (self.version, self.model, self.graph) = (version, model, graph)
        }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            version = try container.decode(Int.self, forKey: .version)
            model = try container.decode(ModelDescription.self, forKey: .model)
            // It is for other programs. A later version may have other values.
            graph = try? container.decodeIfPresent(GraphNote.self, forKey: .graph)
        }
    }

    /// The use of a graph, for other programs. This one takes it from the description.
    package struct GraphNote: Codable, Equatable {
        /// The function from logits to probabilities.
        package enum Activation: String, Codable {
            case softmax
            case sigmoid
        }

        /// The name of the input, 8-bit pixels `[N, height, width, 3]`.
        package let input: String
        /// The name of the output, logits `[N, classes]`.
        package let output: String
        package let activation: Activation
        /// The temperature, by which logits are divided before the softmax; nil for none.
        package let temperature: Double?

        /// The use of the graph of a classifier.
        package init(_ model: ModelDescription) {
            input = ExportedInput.pixels.name
            output = EngineOutput.logits.rawValue
            activation = model.isMultiLabel ? .sigmoid : .softmax
            temperature = model.calibration?.temperature
        }
    }

    /// The version of the format. Version 2 supports networks with options and custom networks, version 3 has other
    /// names of keys (`FormerKeys.swift`).
    package static let version = 3
    package static let key = "apus"

    /// Reads the description of the classifier, without its weights.
    package static func readDescription(_ path: String) throws -> ModelDescription {
        try description(in: CheckpointLayout.metadata(ofFile: path), of: path)
    }

    /// Reads the description of the classifier and the graph of its network, without its weights.
    ///
    /// - Returns: The description and the graph; nil for a file of an older version, which has none.
    /// - Throws: `CheckpointError` or `ApusError` for a file that can't be read, is damaged, or is not a classifier.
    package static func read(_ path: String) throws -> (description: ModelDescription, graph: ModelGraph?) {
        let metadata = try CheckpointLayout.metadata(ofFile: path)
        let description = try description(in: metadata, of: path)
        let graph = try ModelGraph(in: metadata, path: path)
        let (side, count) = (description.preprocessing.cropSize, description.classes.count)
        guard graph.map({ $0.side == side && $0.outputCount == count }) ?? true else {
            throw ApusError.damaged(
                path,
                "the graph of its network is not for images of \(side) x \(side) pixels and \(count) classes, unlike its "
                    + "description")
        }
        return (description, graph)
    }

    /// The largest size of a description. A thousand classes take 20,000 bytes, and a million training images 11
    /// million.
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
