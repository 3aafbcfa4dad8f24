package import Classifier
internal import Foundation
package import Torch
internal import TorchNN
internal import TorchVision

extension ModelFile {
    /// Writes the file atomically.
    ///
    /// - Parameter graph: The graph of the network; nil for a file that only LibTorch can run.
    @TensorActor
    static func write(
        _ description: ModelDescription, _ network: any ImageNetwork, graph: ModelGraph? = nil, to path: String
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let envelope = Envelope(version: version, model: description, graph: graph.map { _ in GraphNote(description) })
        var metadata = ["format": "pt", key: String(decoding: try encoder.encode(envelope), as: UTF8.self)]
        metadata[ModelGraph.key] = graph?.text
        try Checkpoint(network.stateDict, metadata: metadata).writeSafetensors(to: path)
    }

    /// Returns the network of a file.
    ///
    /// - Parameter own: The custom network in code that the file must be for; nil for any other network.
    static func architecture(
        of description: ModelDescription, path: String, own: Architecture? = nil
    ) throws(ApusError) -> Architecture {
        if let own {
            guard own.name == description.architecture else {
                throw ApusError(
                    .weightsMismatch, path: path, name: description.architecture,
                    "it has the network '\(description.architecture)', not '\(own.name)'")
            }
            return own
        }
        if let network = description.network {
            guard network.preprocessing.cropSize == description.preprocessing.cropSize else {
                throw .damaged(
                    path,
                    "its description is damaged (a network for \(network.preprocessing.cropSize) pixels with images of "
                        + "\(description.preprocessing.cropSize))")
            }
            return Architecture(network)
        }
        guard let architecture = Architecture.named(description.architecture) else {
            throw ApusError(
                .unknownModel, path: path, name: description.architecture,
                "its network '\(description.architecture)' is not known to this version of Apus",
                advice: "use a newer version, or the program that trained it")
        }
        return architecture
    }

    /// Reads the network with its weights.
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
                "it is not a complete \(description.architecture): \(error)", underlyingError: error)
        } catch let error as HeadError {
            throw ApusError.damaged(path, "its description is damaged", by: error)
        }
    }

    /// Checks that the file fills the layers that it describes, before memory is used for them.
    ///
    /// - Throws: `ApusError` if the described network is larger than the file.
    static func checkSize(
        of state: StateDict, path: String, for description: ModelDescription,
        _ architecture: Architecture
    ) throws {
        // Code of the program may create any network.
        guard !architecture.isOwn || description.network != nil else { return }
        let shapes = try withDefaultDevice(.meta) { try architecture.makeNetwork(description.options) }.stateDict
        func size(_ state: StateDict) -> Int { state.reduce(0) { $0 + $1.tensor.count } }
        // In a published network, only position embeddings grow with a number in the file. Missing values are found
        // later.
        let isPlain = description.network == nil && !description.hasOptions
        let most = isPlain ? 4 * size(state) + (16 << 20) : size(state)
        guard size(shapes) <= most else {
            throw ApusError.damaged(
                path,
                "it is not a complete \(description.architecture): it describes \(size(shapes)) values and has "
                    + "\(size(state))")
        }
    }

    /// Returns the description in a file of Apus; nil for any other checkpoint.
    package static func description(in checkpoint: Checkpoint) -> ModelDescription? {
        guard let text = checkpoint.metadata[key] else { return nil }
        return (try? JSONDecoder.forFiles.decode(Envelope.self, from: Data(text.utf8)))?.model
    }
}
