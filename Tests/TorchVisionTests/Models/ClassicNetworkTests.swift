import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

/// Special parts of older families.
@TensorActor
@Suite("ResNet, SqueezeNet and MNASNet", .serialized) struct ClassicNetworkTests {
    /// torchvision's `zero_init_residual`, in blocks of two and of three convolutions.
    @Test(
        "The last normalization of each block starts at zero if requested",
        arguments: [(ResNet.Variant.resnet18, "bn2", 8), (.resnet50, "bn3", 16)]
    )
    func zeroInitialization(_ variant: ResNet.Variant, _ norm: String, _ count: Int) throws {
        let network = try ResNet(variant, classes: 3, zeroInitializesResiduals: true)
        let plain = try ResNet(variant, classes: 3)
        func zeros(_ network: ResNet) throws -> [String] {
            try network.namedParameters.filter { $0.name.hasSuffix(".weight") }
                .filter { try $0.tensor.abs().max().item() as Float == 0 }.map(\.name)
        }
        let names = try zeros(network)
        #expect(names.count == count)
        #expect(names.allSatisfy { $0.hasSuffix("\(norm).weight") })
        #expect(try zeros(plain).isEmpty)
    }

    // MARK: SqueezeNet

    @Test("The last layer of SqueezeNet is a convolution on a feature map") func squeezeNetClassifier() throws {
        let network = try SqueezeNet(.v1_1, classes: 4)
        network.eval()
        try withInferenceMode {
            let features = try network.extractFeatures(Formula.tensor([2, 3, 90, 63]))
            // Rounded up: 90 gives 44, 22, 11, 5.
            #expect(features.shape == [2, 512, 5, 3])
            let logits = try network.classify(features)
            #expect(logits.shape == [2, 4])
            #expect(try logits.min().item() as Float >= 0)
        }
        try network.replaceLastLayer(classes: 9)
        let head = try #require(network.stages.last)
        #expect(head.name == "classifier.1")
        #expect(head.parameters.map(\.shape) == [[9, 512, 1, 1], [9]])
        let deviation: Float = try head.parameters[0].detach().pow(2).mean().sqrt().item()
        #expect(abs(deviation - 0.01) < 0.001)
        #expect(try head.parameters[1].abs().max().item() as Float == 0)
    }

    /// The names of PyTorch's `nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 8), …)`.
    @Test("A custom head of SqueezeNet follows the pooling") func squeezeNetCustomHead() throws {
        let network = try SqueezeNet(.v1_0, classes: 4)
        network.putHead(Sequential(try Linear(512, 8), ReLU(), try Linear(8, 3)))
        #expect(
            network.stateDict.map(\.name).suffix(4) == [
                "classifier.2.weight", "classifier.2.bias", "classifier.4.weight", "classifier.4.bias",
            ])
        network.eval()
        try withInferenceMode {
            let images = try Formula.tensor([2, 3, 64, 64])
            #expect(try network.extractFeatures(images).shape == [2, 512])
            #expect(try network(images).shape == [2, 3])
        }
    }

    // MARK: MNASNet

    /// The entries of a file of torchvision's first version, with its stem and first stack.
    private static func firstVersion(width: Double) throws -> StateDict {
        let whole = try MNASNet(width: 1, classes: 5).stateDict
        let own = try MNASNet(width: width, classes: 5).stateDict
        func isOfStem(_ name: String) -> Bool { (0..<8).contains { name.hasPrefix("layers.\($0).") } }
        var state = whole.filter { isOfStem($0.name) }
        for (name, tensor) in own where !isOfStem(name) {
            // Only the first block receives the 16 channels of the stem; it expands them to 48.
            if name.hasPrefix("layers.8.0.layers."), !name.hasPrefix("layers.8.0.layers.7"), let full = whole[name] {
                let isLast = name.hasPrefix("layers.8.0.layers.6")
                state[name] = isLast ? try full.narrow(dim: 0, from: 0, length: tensor.shape[0]) : full
            } else {
                state[name] = tensor
            }
        }
        for (index, (name, tensor)) in state.enumerated() where tensor.dtype.isFloatingPoint {
            state[name] = try Formula.tensor(tensor.shape, entry: index)
        }
        return state
    }

    @Test("MNASNet takes the stem of a file of the first version") func mnasNetFirstVersion() throws {
        let entries = try Self.firstVersion(width: 0.5)
        let network = try MNASNet(width: 0.5, classes: 5)
        #expect(network.stateVersion == 2)
        #expect(network.stateDict.first?.tensor.shape == [16, 3, 3, 3])
        network.eval()
        #expect(try network.loadWeights(entries).isComplete)
        #expect(network.stateVersion == 1)
        #expect(network.moduleVersions.first?.version == 1)
        for (entry, loaded) in zip(entries, network.stateDict) {
            #expect(entry.name == loaded.name)
            try expectClose(loaded.tensor.detach(), entry.tensor.detach(), within: 0, "\(entry.name)")
        }
        // The network is still in evaluation mode: a single position per channel would be refused in training mode.
        #expect(try withInferenceMode { try network(Formula.tensor([1, 3, 32, 32])) }.shape == [1, 5])
        // It loads the second version's weights again.
        let second = try MNASNet(width: 0.5, classes: 5)
        #expect(try network.loadWeights(second.stateDict).isComplete)
        #expect(network.stateVersion == 2)
    }

    @Test("MNASNet of width 1 is the same in both versions") func mnasNetWidthOne() throws {
        let network = try MNASNet(width: 1, classes: 5)
        try network.loadWeights(MNASNet(width: 1, classes: 5).stateDict)
        #expect(network.stateVersion == 2)
    }

    @Test("A file of another width is refused") func mnasNetOtherWidth() throws {
        let network = try MNASNet(width: 0.5, classes: 5)
        #expect(throws: LoadError.self) { try network.loadWeights(MNASNet(width: 1.3, classes: 5).stateDict) }
        #expect(network.stateVersion == 2)
    }

    /// Module versions in PyTorch's `state_dict`; torchvision's MNASNet refuses a file without them.
    @Test("Module versions equal PyTorch's") func moduleVersions() throws {
        let network = try MNASNet(width: 0.5, classes: 5)
        let versions = Dictionary(uniqueKeysWithValues: network.moduleVersions.map { ($0.module, $0.version) })
        #expect(versions[""] == 2)
        #expect(versions["layers"] == 1)
        #expect(versions["layers.0"] == 1)
        #expect(versions["layers.1"] == 2)
        #expect(versions["layers.8.0.layers.7"] == 2)
        #expect(versions["classifier"] == 1)
        #expect(network.moduleVersions.count == versions.count)
    }
}
