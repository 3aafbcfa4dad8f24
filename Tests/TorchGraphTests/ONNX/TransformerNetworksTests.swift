import Inference
import ONNX
import Testing
import Torch
import TorchGraph
import TorchNN
import TorchTestSupport

@testable import TorchVision

@Suite("ONNX transformers")
struct TransformerNetworksTests {
    /// A small network from 8-bit pixels, `[N, H, W, 3]`.
    private final class Pixels: Module {
        let network: any Module

        init(_ network: any Module) { self.network = network }

        func forward(_ pixels: Tensor) throws -> Tensor {
            try network((pixels.to(.float32) / 255).permute(dims: [0, 3, 1, 2]))
        }
    }

    private static func makeNetwork(_ name: String) throws -> any Module {
        switch name {
        case "vit":
            return try Formula.fill(
                VisionTransformer(
                    imageSize: 32, patchSize: 8, layers: 2, heads: 2, size: 16, hidden: 32, classes: 5))
        default:
            return try Formula.fill(
                SwinTransformer(
                    name == "swin" ? SwinBlockV1.self : SwinBlockV2.self, channels: 16, blocks: [2, 2],
                    heads: [2, 4], window: 4, stochasticDepth: 0.1, classes: 5))
        }
    }

    @Test(
        "OpenVINO and LibTorch agree for any batch, with shifted and masked windows past the border",
        .enabled("OpenVINO is not available") { await TensorActor.run { (try? OpenVINO.version()) != nil } },
        arguments: [("vit", [32, 32]), ("swin", [52, 36]), ("swin", [60, 16]), ("swin v2", [52, 36])])
    func sameOutputs(name: String, size: [Int]) async throws {
        try await TensorActor.run {
            let network = Pixels(try Self.makeNetwork(name))
            network.eval()
            let graph = try Graph(tracing: network, inputShape: size + [3], dtype: .uint8)
            let bytes = try ONNXModel(graph, inputs: ["pixels"]).bytes()
            for batch in [1, 3] {
                let pixels = try (Formula.tensor([batch] + size + [3], scale: 127) + 128).to(.uint8)
                let expected = try withoutGradient { try network(pixels) }
                let engine = try bytes.withUnsafeBytes {
                    try OpenVINOEngine(onnx: $0, shares: InferenceShares(batchSize: batch, streams: 1, threads: 1))
                }
                let outputs = try pixels.withUnsafeBytes {
                    try engine.start($0, count: batch, keeping: pixels).wait()
                }
                try expectClose(Tensor(outputs, shape: expected.shape), expected, within: 1e-5, "batch \(batch)")
            }
        }
    }
}
