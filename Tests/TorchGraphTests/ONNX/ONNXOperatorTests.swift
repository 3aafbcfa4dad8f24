import Inference
import ONNX
import Testing
import Torch
import TorchGraph
import TorchNN
import TorchTestSupport

@Suite("ONNX operators")
struct ONNXOperatorTests {
    @Test(
        "OpenVINO and LibTorch compute the same from the network, for other batch sizes, too",
        .enabled("OpenVINO is not available") { await TensorActor.run { (try? OpenVINO.version()) != nil } },
        arguments: OperatorCase.all)
    func sameOutputs(_ operatorCase: OperatorCase) async throws {
        try await TensorActor.run {
            let network = OperatorCase.Network(operatorCase)
            let graph = try Graph(tracing: network, inputShape: operatorCase.size + [3], dtype: .uint8)
            let bytes = try ONNXModel(graph, inputs: ["pixels"], outputs: ["result"]).bytes()
            for batch in [1, 3] {
                let pixels = try operatorCase.pixels(batch: batch)
                let expected = try network(pixels)
                let engine = try bytes.withUnsafeBytes {
                    try OpenVINOEngine(onnx: $0, shares: InferenceShares(batchSize: batch, streams: 1, threads: 1))
                }
                let outputs = try pixels.withUnsafeBytes {
                    try engine.start($0, count: batch, keeping: pixels).wait()
                }
                let scale: Double = try max(1, expected.abs().max().item())
                try expectClose(
                    Tensor(outputs, shape: expected.shape), expected, within: 2e-6 * scale, "batch \(batch)")
            }
        }
    }
}
