internal import Foundation
internal import Torch
internal import TorchNN
internal import TorchVision

/// A trained classifier as one safetensors file.
///
/// The tensors bear PyTorch's names, so `safetensors.torch.load_file` gives a state dict that torchvision's network
/// loads. The metadata's `apus` is the description as JSON; `format` is `pt`, as PyTorch's users have it.
enum ModelFile {
    /// What the metadata holds.
    private struct Envelope: Codable {
        let version: Int
        let model: ModelDescription
    }

    private static let version = 1
    private static let key = "apus"

    /// Writes the file, whole or not at all.
    @TensorActor
    static func write(_ description: ModelDescription, _ network: any ImageNetwork, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = try encoder.encode(Envelope(version: version, model: description))
        let checkpoint = Checkpoint(
            entries: network.stateDict, metadata: ["format": "pt", key: String(decoding: json, as: UTF8.self)])
        try checkpoint.writeSafetensors(to: path)
    }

    /// Reads what the classifier is, apart from its weights.
    static func readDescription(_ path: String) throws -> ModelDescription {
        let description = try description(in: Checkpoint.readMetadata(path), of: path)
        _ = try architecture(of: description, path: path)
        return description
    }

    private static func architecture(of description: ModelDescription, path: String) throws -> Architecture {
        guard let architecture = Architecture.named(description.architecture) else {
            throw ApusError(
                "\(path): its network '\(description.architecture)' is not known to this version of Apus; "
                    + "a newer one may have it")
        }
        return architecture
    }

    /// Reads the weights into a network of the kind that the file describes.
    @TensorActor
    static func readNetwork(_ path: String, as description: ModelDescription) throws -> any ImageNetwork {
        let network = try architecture(of: description, path: path).makeNetwork(classes: description.classes.count)
        do {
            try network.load(Checkpoint.read(path).entries)
        } catch let error as LoadError {
            throw ApusError("\(path): it is not a whole \(description.architecture): \(error)")
        }
        return network
    }

    /// The preprocessing that a file of ours tells; nil for any other checkpoint.
    static func preprocessing(in checkpoint: Checkpoint) -> Preprocessing? {
        guard let text = checkpoint.metadata[key] else { return nil }
        return (try? JSONDecoder().decode(Envelope.self, from: Data(text.utf8)))?.model.preprocessing
    }

    private static func description(in metadata: [String: String], of path: String) throws -> ModelDescription {
        guard let text = metadata[key] else {
            throw ApusError(
                "\(path): it holds weights, but neither classes nor preprocessing, so it can't be used by itself; "
                    + "start a training from it with 'apus train DATA --model NAME --weights \(path)'")
        }
        let decoder = JSONDecoder()
        let data = Data(text.utf8)
        struct Version: Decodable { let version: Int }
        guard let found = try? decoder.decode(Version.self, from: data) else {
            throw ApusError("\(path): its description is damaged; take another copy of the file")
        }
        guard found.version <= version else {
            throw ApusError(
                "\(path): it was written by a newer Apus (format \(found.version), this one reads up to \(version)); "
                    + "update Apus")
        }
        do {
            let description = try decoder.decode(Envelope.self, from: data).model
            guard !description.classes.isEmpty else { throw ApusError("it has no classes") }
            return description
        } catch {
            throw ApusError("\(path): its description is damaged (\(error)); take another copy of the file")
        }
    }
}

/// A failure that a person can mend: what is wrong, where, and what to do.
public struct ApusError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The message.
    public let description: String

    /// Makes an error with a message.
    public init(_ description: String) { self.description = description }
}
