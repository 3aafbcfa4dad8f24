import Inference
import Testing
import Torch
import TorchNN
import TorchTestSupport

@testable import ONNX
@testable import TorchGraph

/// From 8-bit pixels: two convolutions with a sum, a pool and a concatenation between them, and a head.
private final class Small: Module {
    let conv1: Conv2d
    let norm1: BatchNorm2d
    let conv2: Conv2d
    let norm2: BatchNorm2d
    let conv3: Conv2d
    let fc: Linear

    init() throws {
        conv1 = try Conv2d(3, 8, kernelSize: 3, padding: 1, bias: false)
        norm1 = try BatchNorm2d(8)
        conv2 = try Conv2d(8, 8, kernelSize: 3, padding: 1, groups: 4)
        norm2 = try BatchNorm2d(8)
        conv3 = try Conv2d(16, 6, kernelSize: 1)
        fc = try Linear(6, 5)
    }

    func forward(_ pixels: Tensor) throws -> Tensor {
        let input = try (pixels.to(.float32) / 255).permute(dims: [0, 3, 1, 2])
        let x = try norm1(conv1(input)).relu()
        let sum = try x + norm2(conv2(x))
        let pooled = try Operator("aten::max_pool2d")(sum, 2)
        let joined = try Tensor.cat([pooled, pooled.relu()], dim: 1)
        return try fc(conv3(joined).relu().mean(dims: [2, 3]))
    }

    static func make() throws -> Small {
        let network = try Formula.fill(Small())
        network.eval()
        return network
    }
}

private func pixels(_ batch: Int, seed: Int) throws -> Tensor {
    try (Formula.uniform(0..<(batch * 12 * 12 * 3), entry: seed) * 255).to(.uint8).reshape([batch, 12, 12, 3])
}

@TensorActor
private func outputs(of graph: Graph, _ pixels: Tensor) throws -> Tensor {
    let batch = pixels.shape[0]
    let onnx = try ONNXModel(graph, inputs: ["pixels"]).bytes()
    let engine = try onnx.withUnsafeBytes {
        try OpenVINOEngine(onnx: $0, shares: InferenceShares(batchSize: batch, streams: 1, threads: 1))
    }
    let numbers = try pixels.withUnsafeBytes { try engine.start($0, count: batch, keeping: pixels).wait() }
    return try Tensor(numbers, shape: [batch, numbers.count / batch])
}

@Suite("Quantization")
struct QuantizationTests {
    private static let openVINO = ConditionTrait.enabled("OpenVINO is not available") {
        await TensorActor.run { (try? OpenVINO.version()) != nil }
    }

    @Test("Folded batch normalization gives the same outputs", openVINO)
    func folding() async throws {
        try await TensorActor.run {
            let network = try Small.make()
            let graph = try Graph(tracing: network, inputShape: [12, 12, 3], dtype: .uint8)
            let folded = try graph.foldingBatchNorm()
            #expect(graph.nodes.count { $0.name == "batch_norm" } == 2)
            #expect(!folded.nodes.contains { $0.name == "batch_norm" })
            #expect(folded.nodes.count == graph.nodes.count - 2)
            // The network and its graph keep their weights.
            let weight = try #require(graph.constants.keys.first { graph[$0].name == "conv1.weight" })
            #expect(try maximumDifference(#require(graph.constants[weight]), network.conv1.weight) == 0)
            let input = try pixels(3, seed: 1)
            try expectClose(outputs(of: folded, input), network(input), within: 1e-5)
        }
    }

    /// A normalization that cannot be folded, because the convolution's output is also used elsewhere.
    private final class Shared: Module {
        let conv: Conv2d
        let norm: BatchNorm2d
        init() throws {
            conv = try Conv2d(3, 3, kernelSize: 1)
            norm = try BatchNorm2d(3)
        }
        func forward(_ input: Tensor) throws -> Tensor {
            let x = try conv(input)
            return try norm(x) * x
        }
    }

    @Test("A normalization is not folded if its input is used elsewhere")
    func sharedInput() async throws {
        try await TensorActor.run {
            let network = try Shared()
            network.eval()
            let graph = try Graph(tracing: network, inputShape: [3, 4, 4]).foldingBatchNorm()
            #expect(graph.nodes.map(\.name) == ["conv2d", "batch_norm", "mul"])
        }
    }

    private static func quantized(_ network: Small) throws -> Graph {
        let graph = try Graph(tracing: network, inputShape: [12, 12, 3], dtype: .uint8)
        let calibration = try Calibration(graph)
        for seed in 10..<14 {
            let batch = try pixels(4, seed: seed)
            try calibration.observe { _ = try network(batch) }
        }
        #expect(calibration.imageCount == 16)
        return try graph.quantized(calibratedBy: calibration)
    }

    @Test("Layer inputs and both sides of sums are quantized, once, before pools and concatenations")
    func structure() async throws {
        try await TensorActor.run {
            let graph = try Self.quantized(Small.make())
            func producer(_ value: Graph.Value) -> String {
                graph.nodes.first { $0.outputs.contains(value) }?.name ?? "input"
            }
            let taken = graph.nodes.filter { ["conv2d", "linear", "add", "max_pool2d", "cat"].contains($0.name) }
                .map { node in [node.name] + node.inputs.map(producer) }
            let (tensor, weight) = ("fake_quantize_per_tensor_affine", "fake_quantize_per_channel_affine")
            #expect(
                taken == [
                    ["conv2d", "permute", weight, "input"], ["conv2d", tensor, weight, "input"],
                    ["add", tensor, tensor],
                    ["max_pool2d", tensor], ["cat", "max_pool2d", tensor], ["conv2d", "cat", weight, "input"],
                    ["linear", tensor, weight, "input"],
                ])
            // Concatenated values have one scale: the sum, through the pool, and the activation of the pool.
            let scales = graph.nodes.filter { $0.name == tensor }.map { Array($0.arguments[1...2]) }
            #expect(scales.count == 6)
            #expect(scales[3] == scales[4])
            #expect(scales[2] != scales[3])

            let nodes = try ONNXModel(graph).message.graph.node
            #expect(nodes.count { $0.opType == "QuantizeLinear" } == 6)
            #expect(nodes.count { $0.opType == "DequantizeLinear" } == 6 + 4)
        }
    }

    @Test("Weights are 7-bit integers with a scale per channel, and the bias corrects their error")
    func weights() async throws {
        try await TensorActor.run {
            let network = try Small.make()
            let graph = try Self.quantized(network)
            let builder = try ONNXBuilder(graph, inputs: ["input"], outputs: ["logits"])
            try builder.build(outputs: ["logits"])
            let written = Dictionary(uniqueKeysWithValues: builder.initializers.map { ($0.name, $0.tensor) })
            let numbers = try #require(written["fc.weight/int8"])
            let scales = try #require(written["fc.weight/scale"])
            #expect(numbers.dtype == .int8)
            #expect(scales.shape == [5])
            #expect(try Int(numbers.to(.int32).abs().max().item(as: Int32.self)) == 63)
            let restored = try numbers.to(.float32) * scales.unsqueeze(dim: 1)
            let half: Double = try scales.max().item() / 2
            #expect(try maximumDifference(restored, network.fc.weight) <= half * 1.0001)

            // The mean of the layer's input, computed again.
            var sum = try Tensor.zeros([6], dtype: .float64)
            for seed in 10..<14 {
                var head: Tensor?
                try withOperatorObserver { call in
                    if call.name == "aten::mean.dim" { head = call.results[0] }
                } _: {
                    _ = try network(pixels(4, seed: seed))
                }
                sum = try sum + #require(head).detach().to(.float64).sum(dim: 0)
            }
            let loss = try network.fc.weight.detach() - restored
            let expected = try loss.to(.float64).matmul(sum / 16) + #require(network.fc.bias).detach()
            try expectClose(
                #require(written["fc.bias/corrected"]).to(.float64), expected, within: 1e-6)
        }
    }

    @Test("Eight bits are close to float32", openVINO)
    func accuracy() async throws {
        try await TensorActor.run {
            let network = try Small.make()
            let graph = try Self.quantized(network)
            let input = try pixels(8, seed: 11)
            let exact = try network(input)
            let found = try outputs(of: graph, input)
            let spread: Double = try (exact.max() - exact.min()).item()
            let difference = try maximumDifference(found, exact)
            #expect(difference < 0.03 * spread)
            // Rounding changes the numbers.
            #expect(difference > 1e-4 * spread)
        }
    }

    @Test("A calibration without images, or with another network, is refused")
    func misuse() async throws {
        try await TensorActor.run {
            let network = try Small.make()
            let graph = try Graph(tracing: network, inputShape: [12, 12, 3], dtype: .uint8)
            let calibration = try Calibration(graph)
            #expect(throws: GraphError.self) { try graph.quantized(calibratedBy: calibration) }
            #expect(throws: GraphError.self) { try calibration.observe { _ = try pixels(1, seed: 1).to(.float32) } }
            #expect(throws: GraphError.self) {
                try calibration.observe { _ = try Tensor.ones([1, 3]).relu() }
            }
        }
    }
}
