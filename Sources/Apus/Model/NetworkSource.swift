public import Classifier
internal import Images
package import Inference
internal import ONNX
public import Torch
internal import TorchGraph
internal import TorchNN
package import TorchVision

/// A network of LibTorch's that is loaded when it is first asked for.
@ComputeActor
package final class NetworkSource: EngineSource {
    package nonisolated let identity: EngineIdentity?
    package nonisolated var onnxFile: ONNXNetworkFile? { nil }
    package nonisolated var device: String { place.description }
    /// The file that the weights come from; nil where they are in none.
    private let path: String?
    private let preprocessing: Preprocessing
    private let place: Device
    private let load: @ComputeActor () throws -> any ImageNetwork
    private var loaded: (any ImageNetwork)?

    /// A network that `load` makes.
    ///
    /// - Parameters:
    ///   - path: the file that its weights come from; nil where they are in none.
    ///   - isOwn: whether a program's own code makes it.
    ///   - variant: what else decides which network it is.
    init(
        _ preprocessing: Preprocessing, path: String? = nil, isOwn: Bool = false, variant: String = "",
        device: Device, load: @escaping @ComputeActor () throws -> any ImageNetwork
    ) {
        (self.path, self.preprocessing, place, self.load) = (path, preprocessing, device, load)
        identity =
            isOwn
            ? .graph
            : path.flatMap(EngineCache.digest(ofFile:)).map { .content(variant.isEmpty ? $0 : "\($0) \(variant)") }
    }

    /// The network in evaluation mode on its device, laid out as inference wants it.
    package func network() throws -> any ImageNetwork {
        if let loaded { return loaded }
        let network = try load()
        if let path { try OutputCheck.demandFinite(network, from: path) }
        try network.to(place)
        try network.to(.channelsLast)
        network.eval()
        loaded = network
        return network
    }

    package func onnx(_ output: EngineOutput) throws -> [UInt8] {
        let side = preprocessing.cropSize
        let graph = try Graph(
            tracing: pixelNetwork(output, on: .cpu), inputShape: [side, side, 3], dtype: .uint8)
        return try ONNXModel(graph, inputs: ["pixels"], outputs: [output.rawValue]).bytes()
    }

    package func ownEngine(
        _ output: EngineOutput, precision: InferencePrecision, batchSize: Int
    ) throws -> any InferenceEngine {
        let side = preprocessing.cropSize
        return try LibTorchEngine(
            pixelNetwork(output, on: place), height: side, width: side, device: place, precision: precision,
            batchSize: batchSize)
    }

    private func pixelNetwork(_ output: EngineOutput, on device: Device) throws -> PixelNetwork {
        try PixelNetwork(network(), normalizer: Normalizer(preprocessing, device: device), output: output)
    }
}

extension Device {
    /// The first CUDA device where there is one, else the CPU.
    public static var best: Device { cudaCount > 0 ? .cuda(0) : .cpu }

    /// The device that a person names, `cpu`, `cuda`, `cuda:1`; the best one where none is named.
    ///
    /// - Throws: `ApusError` for one that does not exist, or is not there.
    public static func find(_ name: String?) throws(ApusError) -> Device {
        guard let name else { return .best }
        guard let device = Device(name) else {
            throw ApusError(
                .unknownDevice, name: name, suggestions: ["cpu", "cuda", "cuda:1"], "no device is called '\(name)'",
                advice: "there are cpu, cuda, cuda:1 and so on")
        }
        guard device.kind == .cpu || device.index < Device.cudaCount else {
            throw ApusError(
                .deviceUnavailable, name: name, "the device \(device) is not available",
                advice: "LibTorch finds \(Device.cudaCount) CUDA devices here")
        }
        return device
    }
}
