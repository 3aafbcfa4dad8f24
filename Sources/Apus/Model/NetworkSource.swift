public import Classifier
internal import Foundation
internal import Images
package import Inference
internal import ONNX
public import Torch
internal import TorchGraph
internal import TorchNN
package import TorchVision

/// A network of LibTorch that is loaded on first use.
@ComputeActor
package final class NetworkSource: EngineSource {
    package nonisolated let identity: EngineIdentity?
    package nonisolated var onnxFile: ONNXNetworkFile? { nil }
    package nonisolated var device: String { place.description }
    /// The file of the weights; nil if they are not from a file.
    private let path: String?
    /// The graph in the file; nil if there is none.
    private let graph: ModelGraph?
    private let isTrusted: Bool
    private let preprocessing: Preprocessing
    private let place: Device
    private let load: @ComputeActor () throws -> any ImageNetwork
    private var loaded: (any ImageNetwork)?

    /// Creates a source of the network that `load` returns.
    ///
    /// - Parameters:
    ///   - path: The file of its weights; nil if they are not from a file.
    ///   - graph: The graph in that file; nil if there is none.
    ///   - isTrusted: Whether this process wrote the file, so that the graph needs no trial.
    ///   - isOwn: Whether it is a custom network in code, whose computation the file does not determine.
    ///   - variant: A text that is different for different networks with the same file.
    init(
        _ preprocessing: Preprocessing, path: String? = nil, graph: ModelGraph? = nil, isTrusted: Bool = false,
        isOwn: Bool = false, variant: String = "", device: Device,
        load: @escaping @ComputeActor () throws -> any ImageNetwork
    ) {
        (self.path, self.graph, self.isTrusted) = (path, isOwn ? nil : graph, isTrusted)
        (self.preprocessing, place, self.load) = (preprocessing, device, load)
        identity =
            isOwn
            ? .graph
            : path.flatMap(EngineCache.digest(ofFile:)).map { .content(variant.isEmpty ? $0 : "\($0) \(variant)") }
    }

    /// Returns the network in evaluation mode on its device, in the channels-last layout.
    package func network() throws -> any ImageNetwork {
        if let loaded { return loaded }
        try LibTorch.demand(path: path)
        let network = try load()
        if let path { try OutputCheck.demandFinite(network, from: path) }
        try network.to(place)
        try network.to(.channelsLast)
        network.eval()
        loaded = network
        return network
    }

    package nonisolated func untrustedFile(for output: EngineOutput) -> ONNXNetworkFile? {
        guard output == .logits, !isTrusted, let path, let graph else { return nil }
        return ONNXNetworkFile(path: path, graph)
    }

    package func onnx(_ output: EngineOutput) throws -> ONNXSource {
        if output == .logits, let file = fileWithGraph { return .model { try file.graph.model(with: file.path) } }
        guard output == .logits, let path, case .content(let content)? = identity else {
            let model = try tracedModel(output)
            return .model { model }
        }
        let key = "\(content) \(try preprocessing.keyText)"
        if let graph = GraphStore.standard.graph(for: path, key: key), let model = try? graph.model(with: path) {
            return .model { model }
        }
        let model = try tracedModel(output)
        GraphStore.standard.keep(model, of: path, key: key)
        return .model { model }
    }

    /// The file of the weights with its graph, which does not need LibTorch; nil for any other network.
    var fileWithGraph: (path: String, graph: ModelGraph)? {
        guard let path, let graph else { return nil }
        return (path, graph)
    }

    /// - Throws: `InferenceError` for a network that can't be recorded, so that LibTorch runs it.
    private func tracedModel(_ output: EngineOutput) throws -> ONNXModel {
        let network = try network()
        do {
            return try ONNXModel(tracing: network, preprocessing, output)
        } catch {
            guard error is GraphError || error is ONNXError else { throw error }
            throw InferenceError(.invalidModel, "OpenVINO can't run the network: \(error).")
        }
    }

    package func ownEngine(
        _ output: EngineOutput, precision: InferencePrecision, batchSize: Int
    ) throws -> any InferenceEngine {
        let side = preprocessing.cropSize
        let module = try PixelNetwork(network(), normalizer: Normalizer(preprocessing, device: place), output: output)
        return try LibTorchEngine(
            module, height: side, width: side, device: place, precision: precision, batchSize: batchSize)
    }
}
extension Device {
    /// The first CUDA device if there is one, otherwise the CPU.
    public static var best: Device { cudaCount > 0 ? .cuda(0) : .cpu }

    /// Returns the device with a name: `cpu`, `cuda`, `cuda:1`. Without a name, the best device.
    ///
    /// - Parameter localRank: The number of this process among those of its computer, each of which has a CUDA device of
    ///   its own; nil for a single process.
    /// - Throws: `ApusError` for a name that is unknown, or a device that is not available.
    public static func find(_ name: String?, localRank: Int? = nil) throws(ApusError) -> Device {
        if let localRank, name == "cuda" || (name == nil && cudaCount > 0) {
            // Some launchers show each process its own device alone.
            return try find("cuda:\(cudaCount == 1 ? 0 : localRank)")
        }
        guard let name else { return .best }
        guard let device = Device(name) else {
            throw ApusError(
                .unknownDevice, name: name, suggestions: ["cpu", "cuda", "cuda:1"], "no device is called '\(name)'",
                advice: "there are cpu, cuda, cuda:1 and so on")
        }
        guard device.kind == .cpu || device.index < Device.cudaCount else {
            throw ApusError(
                .deviceUnavailable, name: name, "the device \(device) is not available",
                advice: LibTorch.isAvailable
                    ? "LibTorch finds \(Device.cudaCount) CUDA devices"
                    : "CUDA devices need LibTorch, which can't be loaded")
        }
        return device
    }
}
