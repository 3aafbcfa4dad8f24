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

    /// Version 2 has networks that are made with options, or described. A file that has neither is of version 1, which
    /// older programs read.
    private static let version = 2
    private static let key = "apus"

    /// Writes the file, whole or not at all.
    @TensorActor
    static func write(_ description: ModelDescription, _ network: any ImageNetwork, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let isPlain = description.network == nil && !description.hasOptions
        let json = try encoder.encode(Envelope(version: isPlain ? 1 : version, model: description))
        let checkpoint = Checkpoint(
            entries: network.stateDict, metadata: ["format": "pt", key: String(decoding: json, as: UTF8.self)])
        try checkpoint.writeSafetensors(to: path)
    }

    /// Reads what the classifier is, apart from its weights.
    static func readDescription(_ path: String) throws -> ModelDescription {
        try description(in: Checkpoint.readMetadata(path), of: path)
    }

    /// The network that a file is for.
    ///
    /// - Parameter own: one of the program's own, which the file must be for where it is given.
    static func architecture(
        of description: ModelDescription, path: String, own: Architecture? = nil
    ) throws(ApusError) -> Architecture {
        if let own {
            guard own.name == description.architecture else {
                throw ApusError("\(path): it holds the network '\(description.architecture)', not '\(own.name)'")
            }
            return own
        }
        if let network = description.network {
            guard network.preprocessing.cropSize == description.preprocessing.cropSize else {
                throw ApusError(
                    "\(path): its description is damaged (a network for \(network.preprocessing.cropSize) pixels gets "
                        + "\(description.preprocessing.cropSize)); take another copy of the file")
            }
            return Architecture(network)
        }
        guard let architecture = Architecture.named(description.architecture) else {
            throw ApusError(
                "\(path): its network '\(description.architecture)' is not known to this version of Apus; a newer one "
                    + "may have it, or the program that trained it")
        }
        return architecture
    }

    /// Reads the weights into a network of the kind that the file describes.
    @TensorActor
    static func readNetwork(
        _ path: String, as description: ModelDescription, _ architecture: Architecture
    ) throws -> any ImageNetwork {
        let entries = try Checkpoint.read(path).entries
        do {
            try checkSize(of: entries, path: path, for: description, architecture)
            let network = try architecture.makeNetwork(description.options)
            try network.loadWeights(entries)
            return network
        } catch let error as LoadError {
            throw ApusError("\(path): it is not a whole \(description.architecture): \(error)")
        } catch let error as HeadError {
            throw ApusError("\(path): its description is damaged (\(error)); take another copy of the file")
        }
    }

    /// A file may ask for layers of any size: their memory is taken only where the file fills it.
    ///
    /// - Throws: `ApusError` where the network that is described is larger than the file.
    static func checkSize(
        of entries: [(name: String, tensor: Tensor)], path: String, for description: ModelDescription,
        _ architecture: Architecture
    ) throws {
        // What a program's own code makes is the program's affair.
        guard !architecture.isOwn || description.network != nil else { return }
        let shapes = try withDefaultDevice(.meta) { try architecture.makeNetwork(description.options) }.stateDict
        func size(_ entries: [(name: String, tensor: Tensor)]) -> Int { entries.reduce(0) { $0 + $1.tensor.count } }
        // Of a network as it is published, only positions grow with a number in the file; what lacks is named elsewhere.
        let isPlain = description.network == nil && !description.hasOptions
        let most = isPlain ? 4 * size(entries) + (16 << 20) : size(entries)
        guard size(shapes) <= most else {
            throw ApusError(
                "\(path): it is not a whole \(description.architecture): it describes \(size(shapes)) values and holds "
                    + "\(size(entries)); take another copy of the file")
        }
    }

    /// What a file of ours tells of itself; nil for any other checkpoint.
    static func description(in checkpoint: Checkpoint) -> ModelDescription? {
        guard let text = checkpoint.metadata[key] else { return nil }
        return (try? JSONDecoder().decode(Envelope.self, from: Data(text.utf8)))?.model
    }

    /// No description is longer: a thousand classes take twenty thousand bytes, and a million images of a training eleven
    /// million.
    private static let longestText = 48 << 20

    /// Refuses a description that would only take time and memory.
    static func demandShort(_ text: String, _ path: String) throws(ApusError) {
        guard text.utf8.count <= longestText else {
            throw ApusError("\(path): its description has \(text.utf8.count) bytes, far more than any needs")
        }
    }

    private static func description(in metadata: [String: String], of path: String) throws -> ModelDescription {
        guard let text = metadata[key] else {
            throw ApusError(
                "\(path): it holds weights, but neither classes nor preprocessing, so it can't be used by itself; "
                    + "start a training from it with 'apus train DATA --model NAME --weights \(path)', or make a "
                    + "classifier of it with 'apus export \(path) --model NAME --format safetensors --classes FILE'")
        }
        try demandShort(text, path)
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
