import Foundation
import ONNX
import Testing
import Torch
import TorchGraph
import TorchNN
import TorchTestSupport
import TorchVision

/// Writes files that `scripts/checks/onnx_files.py` runs in ONNX Runtime.
@Suite("ONNX files for other programs") struct ONNXFilesTests {
    private static let folder = ProcessInfo.processInfo.environment["APUS_ONNX"]
    private static let networkName = ProcessInfo.processInfo.environment["APUS_ONNX_NETWORK"]

    @Test(
        "Every operator is written with its expected outputs",
        .enabled(if: folder != nil, "scripts/checks/onnx_files.py runs this")
    )
    func operators() async throws {
        let folder = URL(filePath: try #require(Self.folder), directoryHint: .isDirectory)
        let names = Architecture.all.map(\.name).joined(separator: "\n")
        try names.write(to: folder.appending(path: "networks.txt"), atomically: true, encoding: .utf8)
        try await TensorActor.run {
            for (number, operatorCase) in OperatorCase.all.enumerated() {
                let network = OperatorCase.Network(operatorCase)
                let graph = try Graph(tracing: network, inputShape: operatorCase.size + [3], dtype: .uint8)
                let path = folder.appending(path: "operator-\(number)").path
                try ONNXModel(
                    graph, inputs: ["pixels"], outputs: ["result"], metadata: ["title": operatorCase.name]
                ).write(to: path + ".onnx")
                let entries = try [1, 3].flatMap { batch in
                    let pixels = try operatorCase.pixels(batch: batch)
                    return [("pixels\(batch)", pixels), ("result\(batch)", try network(pixels).contiguous())]
                }
                try Checkpoint(entries: entries).writeSafetensors(to: path + ".safetensors")
            }
        }
    }

    /// One network, named by `APUS_ONNX_NETWORK`, with the weights of the formula, which both sides compute.
    @Test(
        "A network is written with its expected outputs",
        .enabled(if: folder != nil && networkName != nil, "scripts/checks/onnx_files.py runs this")
    )
    func network() async throws {
        let folder = URL(filePath: try #require(Self.folder), directoryHint: .isDirectory)
        let architecture = try #require(Self.networkName.flatMap(Architecture.named))
        try await TensorActor.run {
            let network = try architecture.makeNetwork(classes: architecture.name == "small_cnn" ? 10 : 1000)
            try Formula.fill(network)
            network.eval()
            let side = architecture.preprocessing.cropSize
            let graph = try Graph(tracing: network, inputShape: [3, side, side])
            try ONNXModel(graph).write(to: folder.appending(path: architecture.name + ".onnx").path)
        }
    }
}
