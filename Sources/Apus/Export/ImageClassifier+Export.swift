public import Classifier
internal import Foundation
internal import Images
internal import Inference
internal import ONNX
internal import Torch
internal import TorchGraph
internal import TorchNN
internal import TorchVision

/// The file formats that a classifier can be exported to.
public enum ExportFormat: String, Sendable, Codable, CaseIterable {
    /// An ONNX file with the whole network, for ONNX Runtime, OpenVINO, TensorRT, browsers and phones.
    case onnx
    /// A PyTorch state dict.
    case pth
    /// A safetensors state dict with classes and preprocessing: the format of Apus.
    case safetensors
}

extension ImageClassifier {
    /// Writes the classifier to a file for other programs, completely or not at all.
    ///
    /// The metadata of an ONNX file contains `classes` and `preprocessing` as JSON. Its batch size `N` is dynamic.
    /// LibTorch is not needed to export a model file with a graph to ONNX with the input `pixels`.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - format: the file format.
    ///   - input: the input of an ONNX file.
    /// - Throws: `FileError` or `CheckpointError` if the file can't be written; an existing file is then unchanged.
    public func export(to path: String, format: ExportFormat, input: ExportedInput = .normalized) async throws {
        switch format {
        case .safetensors: try await save(to: path)
        case .pth:
            let network = try network
            try Checkpoint(network.stateDict, moduleVersions: network.moduleVersions).writePyTorch(to: path)
        case .onnx:
            let metadata = try ONNXDescription(description, input: input, precision: .float32).metadata
            if input == .pixels, let file = (source as? NetworkSource)?.fileWithGraph {
                try file.graph.model(with: file.path).with(metadata: metadata).write(to: path)
            } else {
                try ONNXModel(graph(input), inputs: [input.name], metadata: metadata).write(to: path)
            }
        }
    }

    /// Traces the forward pass of the network on the CPU, from an input to logits.
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
}

/// A network whose input is images with values from 0 to 1.
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
