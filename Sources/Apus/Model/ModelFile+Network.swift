package import Classifier
internal import Foundation
package import Torch
internal import TorchNN
internal import TorchVision

extension ModelFile {
    /// Writes the file, whole or not at all.
    @TensorActor
    static func write(_ description: ModelDescription, _ network: any ImageNetwork, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let isPlain = description.network == nil && !description.hasOptions
        let json = try encoder.encode(Envelope(version: isPlain ? 1 : version, model: description))
        let checkpoint = Checkpoint(
            network.stateDict, metadata: ["format": "pt", key: String(decoding: json, as: UTF8.self)])
        try checkpoint.writeSafetensors(to: path)
    }

    /// The network that a file is for.
    ///
    /// - Parameter own: one of the program's own, which the file must be for where it is given.
    static func architecture(
        of description: ModelDescription, path: String, own: Architecture? = nil
    ) throws(ApusError) -> Architecture {
        if let own {
            guard own.name == description.architecture else {
                throw ApusError(
                    .weightsMismatch, path: path, name: description.architecture,
                    "it holds the network '\(description.architecture)', not '\(own.name)'")
            }
            return own
        }
        if let network = description.network {
            guard network.preprocessing.cropSize == description.preprocessing.cropSize else {
                throw .damaged(
                    path,
                    "its description is damaged (a network for \(network.preprocessing.cropSize) pixels gets "
                        + "\(description.preprocessing.cropSize))")
            }
            return Architecture(network)
        }
        guard let architecture = Architecture.named(description.architecture) else {
            throw ApusError(
                .unknownModel, path: path, name: description.architecture,
                "its network '\(description.architecture)' is not known to this version of Apus",
                advice: "a newer one may have it, or the program that trained it")
        }
        return architecture
    }

    /// Reads the weights into a network of the kind that the file describes.
    @TensorActor
    static func readNetwork(
        _ path: String, as description: ModelDescription, _ architecture: Architecture
    ) throws -> any ImageNetwork {
        let state = try Checkpoint.read(path).stateDict
        do {
            try checkSize(of: state, path: path, for: description, architecture)
            let network = try architecture.makeNetwork(description.options)
            try network.loadWeights(state)
            return network
        } catch let error as LoadError {
            throw ApusError(
                .weightsMismatch, path: path, name: description.architecture,
                "it is not a whole \(description.architecture): \(error)", underlyingError: error)
        } catch let error as HeadError {
            throw ApusError.damaged(path, "its description is damaged", by: error)
        }
    }

    /// A file may ask for layers of any size: their memory is taken only where the file fills it.
    ///
    /// - Throws: `ApusError` where the network that is described is larger than the file.
    static func checkSize(
        of state: StateDict, path: String, for description: ModelDescription,
        _ architecture: Architecture
    ) throws {
        // What a program's own code makes is the program's affair.
        guard !architecture.isOwn || description.network != nil else { return }
        let shapes = try withDefaultDevice(.meta) { try architecture.makeNetwork(description.options) }.stateDict
        func size(_ state: StateDict) -> Int { state.reduce(0) { $0 + $1.tensor.count } }
        // Of a network as it is published, only positions grow with a number in the file; what lacks is named elsewhere.
        let isPlain = description.network == nil && !description.hasOptions
        let most = isPlain ? 4 * size(state) + (16 << 20) : size(state)
        guard size(shapes) <= most else {
            throw ApusError.damaged(
                path,
                "it is not a whole \(description.architecture): it describes \(size(shapes)) values and holds "
                    + "\(size(state))")
        }
    }

    /// What a file of ours tells of itself; nil for any other checkpoint.
    package static func description(in checkpoint: Checkpoint) -> ModelDescription? {
        guard let text = checkpoint.metadata[key] else { return nil }
        return (try? JSONDecoder().decode(Envelope.self, from: Data(text.utf8)))?.model
    }
}
