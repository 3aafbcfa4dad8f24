import Testing
import Torch
import TorchGraph
import TorchNN
import TorchVision

@Suite("Tracing of a network")
struct TracingTests {
    /// Two layers whose sizes depend on the batch in several ways.
    private final class Folding: Module {
        let layer: Linear
        init() throws { layer = try Linear(4, 6) }
        func forward(_ input: Tensor) throws -> Tensor {
            let batch = input.shape[0]
            let x = try layer(input.reshape([batch * 3, 4])).relu()
            return try x.reshape([batch, 18]) + Tensor([Float](repeating: 1, count: 18))
        }
    }

    @Test("Sizes that depend on the batch are recognized")
    func batchSize() async throws {
        try await TensorActor.run {
            let graph = try Graph(tracing: Folding(), inputShape: [12])
            let n = Graph.Extent(0, perImage: 1)
            #expect(graph[graph.inputs[0]].shape == [n, Graph.Extent(12)])
            #expect(graph.nodes.map(\.name) == ["reshape", "linear", "relu", "reshape", "add"])
            #expect(graph.nodes[0].arguments[1] == .ints([Graph.Extent(0, perImage: 3), Graph.Extent(4)]))
            #expect(graph[graph.nodes[1].outputs[0]].shape == [Graph.Extent(0, perImage: 3), Graph.Extent(6)])
            #expect(graph[graph.outputs[0]].shape == [n, Graph.Extent(18)])
            #expect(graph[graph.outputs[0]].shape.map { $0.size(batch: 5) } == [5, 18])
            #expect(graph.nodes[1].module == "layer")
            #expect(Set(graph.constants.keys.map { graph[$0].name }) == ["layer.weight", "layer.bias", "constant"])
        }
    }

    private final class InPlace: Module {
        func forward(_ input: Tensor) throws -> Tensor {
            let x = try input.to(.float32)
            try x /= 255
            return try x + x
        }
    }

    @Test("An in-place operator gives a separate value")
    func inPlace() async throws {
        try await TensorActor.run {
            let graph = try Graph(tracing: InPlace(), inputShape: [2], dtype: .uint8)
            #expect(graph.nodes.map(\.name) == ["to", "div", "add"])
            let divided = graph.nodes[1].outputs[0]
            #expect(graph.nodes[2].arguments.prefix(2) == [.value(divided), .value(divided)])
            // A conversion to the same type is no operation.
            #expect(try Graph(tracing: InPlace(), inputShape: [2]).nodes.map(\.name) == ["div", "add"])
        }
    }

    private final class Fickle: Module {
        func forward(_ input: Tensor) throws -> Tensor { try input.shape[0] == 1 ? input.relu() : input + input }
    }

    @Test("A network without a fixed graph is refused")
    func fickle() async throws {
        await #expect(throws: GraphError.self) {
            try await TensorActor.run { _ = try Graph(tracing: Fickle(), inputShape: [2]) }
        }
    }

    /// On `.meta`, where the largest network needs no more memory than the smallest.
    @Test("Multiply-adds equal the published ones, and parameters equal the state dict's", arguments: Architecture.all)
    func costs(_ architecture: Architecture) async throws {
        try await TensorActor.run {
            let side = (architecture.weights.first?.preprocessing ?? architecture.preprocessing).cropSize
            let options = architecture.pretrainedOptions(classes: 1000, imageSize: side)
            let network = try withDefaultDevice(.meta) { try architecture.makeNetwork(options) }
            #expect(network.parameters.allSatisfy { $0.device == .meta })
            network.eval()
            let graph = try Graph(tracing: network, inputShape: [3, side, side])
            if let published = architecture.weights.first?.gigaflops {
                #expect(abs(Double(graph.multiplyAdds) / 1e9 - published) < max(0.0051, 0.001 * published))
            }
            // Every parameter and buffer is in the graph under its name; the only other constants are the masks of
            // shifted windows. Auxiliary heads are not part of evaluation.
            let names = network.stateDict.map(\.name)
                .filter { !$0.hasSuffix("num_batches_tracked") && !$0.lowercased().hasPrefix("aux") }
            let constants = Set(graph.constants.keys.map { graph[$0].name })
            #expect(constants.isSuperset(of: names))
            let masks = constants.subtracting(names)
            #expect(architecture.name.hasPrefix("swin") ? masks.allSatisfy { $0.hasPrefix("constant") } : masks.isEmpty)
            #expect(graph[graph.outputs[0]].shape == [Graph.Extent(0, perImage: 1), Graph.Extent(1000)])
            let modules = Set(network.namedModules.map(\.name))
            #expect(graph.nodes.allSatisfy { modules.contains($0.module) })
        }
    }
}
