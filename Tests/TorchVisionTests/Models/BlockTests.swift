import Testing
import Torch
import TorchNN
import TorchTestSupport

@testable import TorchVision

/// The blocks shared by several families equal torchvision's, with weights and inputs from the formula.
@TensorActor
@Suite("Building blocks of networks") struct BlockTests {
    @Test("Squeeze-and-excitation equals torchvision's") func squeezeExcitation() throws {
        let block = try SqueezeExcitation(6, squeezed: 3, activation: SiLU())
        try Formula.fill(block)
        try expectGolden(block, "squeeze-excitation", [2, 6, 5, 4])
    }

    /// A seed drops the same images as in torchvision. A separate process keeps other tests from drawing random
    /// numbers.
    @Test("Stochastic depth drops the same samples as torchvision") func stochasticDepth() async {
        await #expect(processExitsWith: .success) {
            try RandomState.seed(0)
            try expectGolden(StochasticDepth(0.3), "stochastic-depth", [16, 2, 3, 4])
        }
    }

    @Test("Stochastic depth is inactive in evaluation mode and at probability 0")
    func inactiveStochasticDepth() throws {
        let input = try Formula.tensor([64, 3, 2, 2])
        #expect(try StochasticDepth(0)(input) === input)
        let layer = StochasticDepth(0.9)
        layer.eval()
        #expect(try layer(input) === input)
        try expectClose(StochasticDepth(1)(input), input.zerosLike(), within: 0)
    }

    /// Name, dropout, the last probability of stochastic depth, and the sum of all.
    nonisolated static let chances: [(String, Double?, Double, Double)] = [
        ("efficientnet_b0", 0.2, 0.1875, 1.5), ("efficientnet_b3", 0.3, 0.192308, 2.5),
        ("efficientnet_b4", 0.4, 0.19375, 3.1), ("efficientnet_b7", 0.5, 0.196364, 5.4),
        ("efficientnet_v2_s", 0.2, 0.195, 3.9), ("efficientnet_v2_m", 0.3, 0.196491, 5.6),
        ("efficientnet_v2_l", 0.4, 0.197468, 7.8), ("convnext_tiny", nil, 0.1, 0.9),
        ("convnext_small", nil, 0.4, 7.2), ("convnext_base", nil, 0.5, 9.0), ("convnext_large", nil, 0.5, 9.0),
    ]

    /// The probabilities that an image skips a block grow with depth, as in torchvision.
    @Test("Probabilities equal torchvision's", arguments: chances)
    func probabilities(_ name: String, _ dropout: Double?, _ last: Double, _ sum: Double) throws {
        let architecture = try #require(Architecture.named(name))
        let network = try withDefaultDevice(.meta) { try architecture.makeNetwork(classes: 2) }
        let modules = network.namedModules.map(\.module)
        let dropouts = modules.compactMap { ($0 as? Dropout)?.probability }
        #expect(dropouts.first == dropout)
        let chances = modules.compactMap { ($0 as? StochasticDepth)?.probability }
        #expect(chances.first == 0)
        #expect(chances == chances.sorted())
        #expect(abs((chances.last ?? 0) - last) < 1e-6)
        #expect(abs(chances.reduce(0, +) - sum) < 1e-9)
    }

    /// The results of `_make_divisible`.
    @Test(
        "Channels are rounded as in torchvision",
        arguments: [
            (35.2, 8, 32), (17.6, 8, 16), (26.4, 8, 24), (3.0, 8, 8), (44.0, 8, 48), (11.0, 8, 16), (12.0, 8, 16),
            (100.0, 48, 96), (70.0, 48, 96), (30.0, 24, 48), (25.0, 24, 24),
        ])
    func channelRounding(_ channels: Double, _ divisor: Int, _ expected: Int) {
        #expect(makeDivisible(channels, by: divisor) == expected)
    }

    @Test("A convolution block keeps the size or halves it") func convolutionSize() throws {
        let input = try Tensor.zeros([1, 3, 9, 12])
        let same = try makeConvNormActivation(3, 4, kernelSize: 5, dilation: 2)
        #expect(try same(input).shape == [1, 4, 9, 12])
        #expect(same.stateDict.map(\.name).first == "0.weight")
        #expect(same.count == 3)
        let halved = try makeConvNormActivation(3, 6, kernelSize: 3, stride: 2, groups: 3, activation: nil)
        #expect(try halved(input).shape == [1, 6, 5, 6])
        #expect(halved.count == 2)
    }
}

/// Records an issue unless output and gradients equal PyTorch's.
private func expectGolden(_ layer: any Module, _ name: String, _ shape: [Int]) throws {
    let goldens = try Goldens.tensors("nn/layers.safetensors")
    let input = try Formula.tensor(shape).requiresGradient(true)
    let output = try layer(input)
    try expectClose(output, #require(goldens["\(name)/output"]), within: 1e-6)
    try (output * Formula.tensor(output.shape, entry: -2)).sum().backward()
    try expectClose(#require(input.gradient), #require(goldens["\(name)/gradient.input"]), within: 1e-5)
    for (parameter, tensor) in layer.namedParameters {
        let golden = try #require(goldens["\(name)/gradient.\(parameter)"])
        try expectClose(#require(tensor.gradient), golden, within: 1e-5, parameter)
    }
}
