import TestSupport
import Testing
import Torch
import TorchNN

/// A seed gives the parameters that PyTorch draws. A process of its own keeps other tests from drawing meanwhile.
@Suite struct InitializationGoldenTests {
    struct Golden: Decodable {
        struct Layer: Decodable {
            let name: String
            let state: [TensorDigest]
        }
        let layers: [Layer]
    }

    static func layer(named name: String) throws -> (any Module)? {
        switch name {
        case "conv2d": try Conv2d(3, 8, kernelSize: 3)
        case "conv2d-groups": try Conv2d(8, 8, kernelSize: 3, groups: 4, bias: false)
        case "linear": try Linear(10, 5)
        case "batchnorm2d": try BatchNorm2d(4)
        case "sequential": try Sequential(Conv2d(3, 8, kernelSize: 3), BatchNorm2d(8), ReLU(), Linear(8, 5))
        default: nil
        }
    }

    @Test func layersBeginAsPyTorchs() async {
        await #expect(processExitsWith: .success) {
            let golden = try Goldens.json("nn/initialisation.json", as: Golden.self)
            #expect(golden.layers.count == 5)
            for expected in golden.layers {
                try RandomState.seed(0)
                let layer = try #require(try Self.layer(named: expected.name), "no layer \(expected.name)")
                let state = layer.stateDict
                try #require(state.map(\.name) == expected.state.map(\.key))
                for (entry, digest) in zip(state, expected.state) {
                    try expectDigest(entry.tensor, digest, within: 1e-6)
                }
            }
        }
    }

    @Test func kaimingNormalHasTheFansDeviation() throws {
        let weight = try Tensor.empty([64, 32, 3, 3])
        try Initialization.kaimingNormal(weight, fan: .out)
        let deviation: Double = try weight.variance().sqrt().item()
        #expect(abs(deviation - (2 / Double(64 * 9)).squareRoot()) < 0.002)
        try Initialization.kaimingNormal(weight)
        let forward: Double = try weight.variance().sqrt().item()
        #expect(abs(forward - (2 / Double(32 * 9)).squareRoot()) < 0.002)
    }
}
