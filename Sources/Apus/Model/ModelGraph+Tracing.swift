package import Classifier
internal import Images
internal import ONNX
internal import Torch
internal import TorchGraph
internal import TorchNN
package import TorchVision

extension ModelGraph {
    /// Records the graph of a network from 8-bit pixels to logits. Its tensors are those of the network's state dict.
    ///
    /// The network is on the CPU. It is the same afterwards: the mode of each module is restored, and parameters,
    /// buffers and gradients do not change.
    ///
    /// - Throws: Errors of the network; `GraphError` or `ONNXError` for a network that has no single graph or uses an
    ///   operator without a counterpart in ONNX; `ApusError` for a graph that could not be read again.
    @TensorActor
    package init(tracing network: any ImageNetwork, _ preprocessing: Preprocessing) throws {
        let graph = try Graph(tracing: network, preprocessing, .logits)
        // Constants of the code never have the name of a tensor in the state dict.
        let tensors = Set(network.stateDict.names).intersection(graph.constants.keys.map { graph[$0].name })
        let model = try ONNXModel(graph, from: .pixels, to: .logits)
        try self.init(model.graph { name, _ in tensors.contains(name) ? name : nil }, path: "the network")
    }
}

extension ONNXModel {
    /// Records a network from 8-bit pixels to logits or features. The network is on the CPU, and the same afterwards.
    ///
    /// - Throws: Errors of the network; `GraphError` or `ONNXError` for a network that has no single graph or uses an
    ///   operator without a counterpart in ONNX.
    @TensorActor
    init(tracing network: any ImageNetwork, _ preprocessing: Preprocessing, _ output: EngineOutput) throws {
        try self.init(Graph(tracing: network, preprocessing, output), from: .pixels, to: output)
    }

    fileprivate init(_ graph: Graph, from input: ExportedInput, to output: EngineOutput) throws {
        try self.init(graph, inputs: [input.name], outputs: [output.rawValue])
    }
}

extension Graph {
    /// Records a network in evaluation mode from 8-bit pixels to logits or features.
    @TensorActor
    fileprivate init(
        tracing network: any ImageNetwork, _ preprocessing: Preprocessing, _ output: EngineOutput
    ) throws {
        let side = preprocessing.cropSize
        let module = try PixelNetwork(
            network, normalizer: Normalizer(preprocessing, device: .cpu), output: output)
        self = try network.inEvaluation { try Graph(tracing: module, inputShape: [side, side, 3], dtype: .uint8) }
    }
}

extension Module {
    /// Calls a function with the module in evaluation mode, and restores the mode of each module in it.
    fileprivate func inEvaluation<Result>(_ body: () throws -> Result) rethrows -> Result {
        let modules = namedModules.compactMap { $0.module as? any ModeDependent }
        let modes = modules.map(\.isTraining)
        eval()
        defer { for (module, isTraining) in zip(modules, modes) { module.isTraining = isTraining } }
        return try body()
    }
}
