public import Classifier
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
    private let preprocessing: Preprocessing
    private let place: Device
    private let load: @ComputeActor () throws -> any ImageNetwork
    private var loaded: (any ImageNetwork)?

    /// Creates a source of the network that `load` returns.
    ///
    /// - Parameters:
    ///   - path: The file of its weights; nil if they are not from a file.
    ///   - isOwn: Whether it is a custom network in code.
    ///   - variant: A text that is different for different networks with the same file.
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

    /// Returns the network in evaluation mode on its device, in the channels-last layout.
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
    /// The first CUDA device if there is one, otherwise the CPU.
    public static var best: Device { cudaCount > 0 ? .cuda(0) : .cpu }

    /// Returns the device with a name: `cpu`, `cuda`, `cuda:1`. Without a name, the best device.
    ///
    /// - Throws: `ApusError` for a name that is unknown, or a device that is not available.
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
                advice: "LibTorch finds \(Device.cudaCount) CUDA devices")
        }
        return device
    }
}
