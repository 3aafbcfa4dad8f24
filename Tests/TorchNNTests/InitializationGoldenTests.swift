import Testing
import Torch
import TorchNN
import TorchTestSupport

/// A seed gives the parameters that PyTorch draws. A separate process keeps other tests from drawing random numbers.
@Suite("Weight initialization") struct InitializationGoldenTests {
    struct Golden: Decodable {
        struct Layer: Decodable {
            let name: String
            let state: [TensorDigest]
        }
        let layers: [Layer]
    }

    /// A tensor for each way to draw one: with few, many, and almost all numbers beyond the bounds.
    private final class Drawn: Module {
        @Parameter var wide: Tensor
        @Parameter var narrow: Tensor
        @Parameter var tail: Tensor
        @Parameter var xavier: Tensor

        init() throws {
            let tensors = try [[40, 30], [40, 30], [40, 30], [6, 5, 3, 2]].map { try Tensor.empty($0) }
            try Initialization.truncatedNormal(tensors[0], mean: 0.1, standardDeviation: 0.02)
            try Initialization.truncatedNormal(tensors[1], standardDeviation: 1.5, from: -1, to: 2)
            try Initialization.truncatedNormal(tensors[2], standardDeviation: 0.5, from: 0.4, to: 0.9)
            try Initialization.xavierUniform(tensors[3])
            (wide, narrow, tail, xavier) = (tensors[0], tensors[1], tensors[2], tensors[3])
        }

        func forward(_ input: Tensor) throws -> Tensor { input }
    }

    static func layer(named name: String) throws -> (any Module)? {
        switch name {
        case "conv1d": try Conv1d(3, 8, kernelSize: 3)
        case "conv-transpose2d": try ConvTranspose2d(4, 6, kernelSize: 3, groups: 2)
        case "embedding": try Embedding(7, 4)
        case "embedding-padding": try Embedding(7, 4, paddingIndex: -2)
        case "batchnorm1d": try BatchNorm1d(4)
        case "groupnorm": try GroupNorm(3, channels: 6)
        case "instancenorm1d": try InstanceNorm1d(4)
        case "instancenorm2d-tracking": try InstanceNorm2d(4, affine: true, tracksRunningStatistics: true)
        case "attention-sizes": try MultiheadAttention(12, heads: 3, keySize: 10, valueSize: 6)
        case "attention-no-bias": try MultiheadAttention(12, heads: 3, bias: false)
        case "conv2d": try Conv2d(3, 8, kernelSize: 3)
        case "conv2d-groups": try Conv2d(8, 8, kernelSize: 3, groups: 4, bias: false)
        case "linear": try Linear(10, 5)
        case "batchnorm2d": try BatchNorm2d(4)
        case "layernorm": try LayerNorm(7)
        case "multihead-attention": try MultiheadAttention(12, heads: 3)
        case "drawn": try Drawn()
        case "sequential": try Sequential(Conv2d(3, 8, kernelSize: 3), BatchNorm2d(8), ReLU(), Linear(8, 5))
        default: nil
        }
    }

    @Test("Layers are initialized as in PyTorch")
    func golden() async {
        await #expect(processExitsWith: .success) {
            let golden = try Goldens.json("nn/initialization.json", as: Golden.self)
            #expect(golden.layers.count == 18)
            for expected in golden.layers {
                try RandomState.seed(0)
                let layer = try #require(try Self.layer(named: expected.name), "no layer \(expected.name)")
                let state = layer.stateDict
                try #require(state.names == expected.state.map(\.key))
                for (entry, digest) in zip(state, expected.state) {
                    try expectDigest(entry.tensor, digest, within: 1e-6)
                }
            }
        }
    }

    @TensorActor @Test("Kaiming normal initialization has the standard deviation of the fan")
    func kaimingNormal() throws {
        let weight = try Tensor.empty([64, 32, 3, 3])
        try Initialization.kaimingNormal(weight, fan: .out)
        let deviation: Double = try weight.variance().sqrt().item()
        #expect(abs(deviation - (2 / Double(64 * 9)).squareRoot()) < 0.002)
        try Initialization.kaimingNormal(weight)
        let forward: Double = try weight.variance().sqrt().item()
        #expect(abs(forward - (2 / Double(32 * 9)).squareRoot()) < 0.002)
    }
}
