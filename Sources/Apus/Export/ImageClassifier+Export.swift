public import Classifier
internal import Foundation
internal import Images
internal import Inference
internal import ONNX
internal import Torch
internal import TorchGraph
internal import TorchNN
internal import TorchVision

/// The kinds of file that a classifier can be written to.
public enum ExportFormat: String, Sendable, Codable, CaseIterable {
    /// The whole network, for ONNX Runtime, OpenVINO, TensorRT, browsers and phones.
    case onnx
    /// PyTorch's state dict.
    case pth
    /// A state dict in safetensors, with classes and preprocessing: Apus' own form.
    case safetensors
}

extension ImageClassifier {
    /// Writes the classifier in a form that other programs read, whole or not at all.
    ///
    /// An ONNX file's metadata holds `classes` and `preprocessing` as JSON, and a free batch size `N`. What it computes
    /// is what the network computes, number for number.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - format: the kind of file.
    ///   - input: for ONNX, what the file begins with.
    /// - Throws: `FileError` or `CheckpointError` where the disk refuses; an older file is then as it was.
    public func export(to path: String, format: ExportFormat, input: ExportedInput = .normalized) async throws {
        switch format {
        case .safetensors: try await save(to: path)
        case .pth:
            let network = try network
            try Checkpoint(network.stateDict, moduleVersions: network.moduleVersions).writePyTorch(to: path)
        case .onnx:
            let metadata = try ONNXDescription(description, input: input, precision: .float32).metadata
            try ONNXModel(graph(input), inputs: [input.name], metadata: metadata).write(to: path)
        }
    }

    /// The network's forward pass on the CPU, from such an input to logits.
    private func graph(_ input: ExportedInput) throws -> Graph {
        let side = description.preprocessing.cropSize
        return try withNetworkOnCPU { network in
            switch input {
            case .normalized: try Graph(tracing: network, inputShape: [3, side, side])
            case .normalization:
                try Graph(tracing: UnitRangeNetwork(network, description.preprocessing), inputShape: [3, side, side])
            case .pixels:
                try Graph(
                    tracing: PixelNetwork(
                        network, normalizer: Normalizer(description.preprocessing, device: .cpu)),
                    inputShape: [side, side, 3], dtype: .uint8)
            }
        }
    }

    /// Files are written from the CPU's memory, where a trace's parameters must lie.
    func withNetworkOnCPU<Result>(_ body: (any ImageNetwork) throws -> Result) throws -> Result {
        let network = try network
        guard let device = Device(deviceDescription), device.kind != .cpu else { return try body(network) }
        try network.to(.cpu)
        defer { try? network.to(device) }
        return try body(network)
    }
}

/// A network that takes pictures from 0 to 1.
private final class UnitRangeNetwork: ModuleContainer {
    private let network: any ImageNetwork
    private let mean: Tensor
    private let deviation: Tensor

    init(_ network: any ImageNetwork, _ preprocessing: Preprocessing) throws {
        self.network = network
        mean = try Tensor(preprocessing.mean, shape: [3, 1, 1])
        deviation = try Tensor(preprocessing.standardDeviation, shape: [3, 1, 1])
    }

    var namedChildren: [(name: String, module: any Module)] { [("", network)] }

    func forward(_ input: Tensor) throws -> Tensor { try network((input - mean) / deviation) }
}
