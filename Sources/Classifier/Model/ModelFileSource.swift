package import Inference
package import ONNX
internal import Platform

/// The network of a model file with a graph, for programs without LibTorch: only OpenVINO can run it.
package final class ModelFileSource: EngineSource {
    package nonisolated let identity: EngineIdentity?
    package nonisolated var onnxFile: ONNXNetworkFile? { nil }
    package nonisolated var device: String { "cpu" }
    private let path: String
    private let graph: ModelGraph

    /// Creates the network of a file with the file's graph.
    package init(_ path: String, _ graph: ModelGraph) {
        (self.path, self.graph) = (path, graph)
        identity = EngineCache.digest(ofFile: path).map { .content($0) }
    }

    package nonisolated func untrustedFile(for output: EngineOutput) -> ONNXNetworkFile? {
        output == .logits ? ONNXNetworkFile(path: path, graph) : nil
    }

    package func onnx(_ output: EngineOutput) throws -> ONNXSource {
        guard output == .logits else {
            throw ApusError.needsLibTorch(path, "the graph in it provides no features")
        }
        return .model { [graph, path] in try graph.model(with: path) }
    }

    package func ownEngine(
        _ output: EngineOutput, precision: InferencePrecision, batchSize: Int
    ) throws -> any InferenceEngine {
        throw ApusError.needsLibTorch(path, "without LibTorch, only OpenVINO can run its network, on a CPU")
    }
}

extension ONNXSource {
    /// A model that `model` returns when it is needed.
    package static func model(_ model: @escaping @ComputeActor () throws -> ONNXModel) -> ONNXSource {
        .model(ONNXModelWriter(write: { try model().writeTemporary(to: $0) }, bytes: { try model().bytes() }))
    }
}

extension ONNXNetworkFile {
    /// The network of a model file with a graph.
    package init(path: String, _ graph: ModelGraph) {
        self.init(
            path: path, precision: .float32, isKnown: graph.isKnown,
            byteCount: (try? MappedFile(path: path).count) ?? 0)
    }
}
