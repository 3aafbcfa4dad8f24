import Foundation
import Testing
import Torch
import TorchGraph
import TorchNN
import TorchVision

@Suite("Network summaries")
struct NetworkSummaryTests {
    private static func summary(
        _ name: String, _ shape: [Int], classes: Int = 1000
    ) async throws -> NetworkSummary {
        try await TensorActor.run {
            let network = try withDefaultDevice(.meta) {
                try #require(Architecture.named(name)).makeNetwork(classes: classes)
            }
            return try NetworkSummary(of: network, inputShape: shape, name: name)
        }
    }

    @Test("The summary of the small network equals torchsummary's, layer by layer")
    func small() async throws {
        let summary = try await Self.summary("small_cnn", [3, 256, 256], classes: 10)
        #expect(summary.parameters == 2_230_170 && summary.trainableParameters == 2_230_170)
        #expect(summary.inputBytes == 3 * 256 * 256 * 4)
        #expect(summary.parameterBytes == 2_230_170 * 4)
        let layers = Dictionary(uniqueKeysWithValues: summary.layers.map { ($0.name, $0) })
        #expect(layers["features.0"]?.outputShape == [1, 16, 254, 254])
        #expect(layers["features.0"]?.parameters == 448)
        #expect(layers["features.0"]?.multiplyAdds == 16 * 254 * 254 * 27)
        #expect(layers["features.4"]?.outputShape == [1, 16, 126, 126])
        #expect(layers["features.24"]?.outputShape == [1, 256, 4, 4])
        #expect(layers["classifier.0"]?.outputShape == [1, 4096])
        #expect(layers["classifier.1"]?.parameters == 4096 * 256 + 256)
        #expect(layers["classifier.4"]?.outputShape == [1, 10])
        #expect(layers[""]?.outputShape == [1, 10])
        #expect(summary.layers.map(\.depth).max() == 2)
        // Each pair of convolutions gives its outputs twice, with and without ReLU, then the pooled ones; then the
        // hidden layer twice, and the logits.
        var elements = 0
        var side = 256
        for channels in [16, 32, 64, 128, 256] {
            elements += 2 * channels * ((side - 2) * (side - 2) + (side - 4) * (side - 4))
            side = (side - 4) / 2
            elements += channels * side * side
        }
        #expect(summary.activationBytes == (elements + 256 * 2 + 10) * 4)
        #expect(
            summary.totalBytes == summary.inputBytes + summary.activationBytes + summary.parameterBytes)
    }

    @Test(
        "The layers within a layer add up to it in every network",
        arguments: ["resnet50", "mobilenet_v2", "vgg11_bn"]
    )
    func sums(_ name: String) async throws {
        let summary = try await Self.summary(name, [3, 224, 224])
        let architecture = try #require(Architecture.named(name))
        #expect(summary.parameters == architecture.parameterCount)
        let published = try #require(architecture.weights.first?.gigaflops)
        #expect(abs(Double(summary.multiplyAdds) / 1e9 - published) < 0.0051)
        for (index, layer) in summary.layers.enumerated() {
            let within = summary.layers[(index + 1)...].prefix { $0.depth > layer.depth }
                .filter { $0.depth == layer.depth + 1 }
            guard !within.isEmpty else { continue }
            #expect(within.reduce(0) { $0 + $1.parameters } == layer.parameters, "\(layer.name)")
            #expect(within.reduce(0) { $0 + $1.multiplyAdds } == layer.multiplyAdds, "\(layer.name)")
        }
        #expect(summary.layers.allSatisfy { $0.outputShape != nil })
    }

    private final class Pair: Module {
        let first: Linear
        let dropout = Dropout(0.5)
        let blocks: [Linear]
        let unused: Linear

        init() throws {
            first = try Linear(6, 4)
            blocks = [try Linear(4, 4), try Linear(4, 2)]
            unused = try Linear(2, 2)
        }

        func forward(_ input: Tensor) throws -> Tensor { try blocks[1](blocks[0](dropout(first(input)).relu())) }
    }

    @Test("A custom network has frozen parts, arrays, unused parts and unchanged modes")
    func customNetwork() async throws {
        try await TensorActor.run {
            let network = try Pair()
            try network.first.freeze()
            network.dropout.isTraining = true
            let summary = try NetworkSummary(of: network, inputShape: [6])
            #expect(network.dropout.isTraining)
            #expect(summary.name == "Pair")
            #expect(summary.parameters == 28 + 20 + 10 + 6 && summary.trainableParameters == 36)
            #expect(summary.layers.map(\.name) == ["", "first", "dropout", "blocks.0", "blocks.1", "unused"])
            #expect(summary.layers.map(\.outputShape) == [[1, 2], [1, 4], [1, 4], [1, 4], [1, 2], nil])
            #expect(
                summary.description
                    == """
                    layer                 output  parameters  mult-adds
                    ────────────────────  ──────  ──────────  ─────────
                    Pair                  [1, 2]
                    ├─ first (Linear)     [1, 4]        (28)         24
                    ├─ dropout (Dropout)  [1, 4]
                    ├─ blocks.0 (Linear)  [1, 4]          20         16
                    ├─ blocks.1 (Linear)  [1, 2]          10          8
                    └─ unused (Linear)    -                6

                    input       6, one image
                    parameters  64, 36 trainable, 28 frozen
                    mult-adds   48
                    memory      0.0 MB input + 0.0 MB forward pass + 0.0 MB parameters = 0.0 MB
                    """)
        }
    }

    @Test("A depth limits the shown layers, which include the deeper ones")
    func depth() async throws {
        let summary = try await Self.summary("resnet18", [3, 224, 224])
        let lines = summary.text(depth: 1).split(separator: "\n").map(String.init)
        let layer4 = try #require(lines.first { $0.hasPrefix("├─ layer4") })
        #expect(layer4.contains("8,393,728") && layer4.contains("[1, 512, 7, 7]"))
        #expect(!lines.contains { $0.contains("BasicBlock") })
        #expect(lines.last?.hasSuffix("deeper layers are included in their parent layers.") == true)
        let all = summary.text(depth: nil)
        #expect(all.contains("│  │  ├─ conv1 (Conv2d)") && all.contains("│     └─ bn2 (BatchNorm2d)"))
        #expect(!all.contains("deeper"))
        let narrow = summary.text(depth: nil, width: 60).split(separator: "\n").filter { $0.contains("[1, ") }
        #expect(narrow.allSatisfy { $0.count <= 60 } && narrow.contains { $0.contains("…") })
        #expect(summary.limited(toDepth: 1).layers.count == 11 - 1)
        #expect(summary.limited(toDepth: nil) == summary)
        let encoded = try JSONEncoder().encode(summary)
        #expect(try JSONDecoder().decode(NetworkSummary.self, from: encoded) == summary)
    }

    @Test("The error for a size that does not fit gives the shape")
    func wrongSize() async throws {
        for shape in [[3, 64, 64], [1, 256, 256], [3, 200, 256]] {
            let error = await #expect(throws: TorchError.self) {
                _ = try await Self.summary("small_cnn", shape, classes: 10)
            }
            #expect(error?.message.isEmpty == false)
        }
    }

    @Test("The meta device summarizes every network without its memory", arguments: Architecture.all.map(\.name))
    func everyNetwork(_ name: String) async throws {
        let architecture = try #require(Architecture.named(name))
        let side = (architecture.weights.first?.preprocessing ?? architecture.preprocessing).cropSize
        let summary = try await TensorActor.run {
            let options = architecture.pretrainedOptions(
                classes: architecture.weights.isEmpty ? 10 : 1000, imageSize: side)
            let network = try withDefaultDevice(.meta) { try architecture.makeNetwork(options) }
            return try NetworkSummary(of: network, inputShape: [3, side, side], name: name)
        }
        #expect(summary.layers[0].outputShape == [1, architecture.weights.isEmpty ? 10 : 1000])
    }
}
