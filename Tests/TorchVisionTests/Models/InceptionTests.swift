import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

/// Special parts of GoogLeNet and Inception v3, and entry names in old DenseNet files.
@TensorActor
@Suite("Inception, GoogLeNet and DenseNet", .serialized) struct InceptionTests {
    /// Every 200th logit of the second image, as torchvision computes it with the weights of the formula, at the
    /// smallest size that the network accepts.
    private static func logits(_ network: any ImageNetwork, side: Int) throws -> [Float] {
        network.eval()
        return try withInferenceMode { try network(Formula.tensor([2, 3, side, side]))[1, .every(200)].array() }
    }

    nonisolated private static func makeNetwork(
        _ name: String, hasAuxiliaryHeads: Bool? = nil
    ) throws -> any ImageNetwork {
        let architecture = try #require(Architecture.named(name))
        var options = architecture.pretrainedOptions(classes: 1000)
        if let hasAuxiliaryHeads { options.hasAuxiliaryHeads = hasAuxiliaryHeads }
        return try architecture.makeNetwork(options)
    }

    /// PARITY: networks for published weights have `transform_input=True`.
    @Test(
        "Networks for published weights transform their input as in torchvision",
        arguments: [
            ("googlenet", 15, [0.006463, 0.156322, -0.119605, -0.122801, -0.285855] as [Float]),
            ("inception_v3", 75, [0.082499, 0.207466, -0.077155, -0.037697, -0.22114]),
        ])
    func transformedInput(name: String, side: Int, expected: [Float]) throws {
        // With all heads, because the formula's numbers depend on the position of an entry.
        let network = try Self.makeNetwork(name, hasAuxiliaryHeads: true)
        try Formula.fill(network)
        let logits = try Self.logits(network, side: side)
        #expect(zip(logits, expected).allSatisfy { abs($0 - $1) < 2e-5 }, "\(logits)")
    }

    @Test("DenseNet accepts an image of 29 x 29") func smallestDenseNetImage() throws {
        let network = try #require(Architecture.named("densenet121")).makeNetwork(classes: 1000)
        try Formula.fill(network)
        let logits = try Self.logits(network, side: 29)
        let expected: [Float] = [0.005459, -0.045288, 0.09112, 0.06744, -0.120653]
        #expect(zip(logits, expected).allSatisfy { abs($0 - $1) < 2e-5 }, "\(logits)")
    }

    /// PARITY: the published file of GoogLeNet has untrained auxiliary heads; Inception keeps its auxiliary head.
    @Test(
        "Published weights load with and without auxiliary heads",
        arguments: [("googlenet", "aux", false), ("inception_v3", "AuxLogits", true)]
    )
    func auxiliaryHeadsOfPublishedWeights(name: String, prefix: String, keepsThem: Bool) throws {
        let published = try Self.makeNetwork(name, hasAuxiliaryHeads: true)
        let entries = published.stateDict
        #expect(entries.contains { $0.name.hasPrefix(prefix) })
        #expect((try Self.makeNetwork(name) as? any AuxiliaryNetwork)?.hasAuxiliaryHeads == keepsThem)
        for asked in [true, false] {
            let network = try Self.makeNetwork(name, hasAuxiliaryHeads: asked)
            #expect((network as? any AuxiliaryNetwork)?.hasAuxiliaryHeads == asked)
            #expect(network.stateDict.contains { $0.name.hasPrefix(prefix) } == asked)
            try network.loadWeights(entries)
            for (name, tensor) in network.stateDict {
                try expectClose(tensor, #require(entries.first { $0.name == name }).tensor, within: 0, name)
            }
        }
    }

    @Test("The auxiliary head of Inception needs large images") func auxiliaryHeadSize() throws {
        let network = try InceptionV3(classes: 4)
        let error = #expect(throws: TorchError.self) {
            try withoutGradient { try network.forwardWithAuxiliaries(Formula.tensor([2, 3, 298, 298])) }
        }
        #expect(error?.message.contains("299 x 299") == true)
    }

    @Test("Names in old DenseNet files are converted") func oldDenseNetFiles() throws {
        let network = try #require(Architecture.named("densenet121")).makeNetwork(classes: 5)
        let wanted = try Formula.fill(network).stateDict.map { ($0.name, try $0.tensor.detach().clone()) }
        let old = wanted.filter { !$0.0.hasSuffix("num_batches_tracked") }.map { name, tensor in
            guard name.contains("denselayer") else { return (name: name, tensor: tensor) }
            let older = ["norm1", "norm2", "conv1", "conv2"].reduce(name) { text, part in
                text.replacing(".\(part).", with: ".\(part.dropLast()).\(part.suffix(1)).")
            }
            return (name: older, tensor: tensor)
        }
        #expect(old.contains { $0.name == "features.denseblock1.denselayer1.norm.1.running_mean" })
        #expect(old.contains { $0.name == "features.denseblock4.denselayer16.conv.2.weight" })
        let fresh = try #require(Architecture.named("densenet121")).makeNetwork(classes: 5)
        #expect(throws: LoadError.self) { try fresh.load(StateDict(old)) }
        try fresh.loadWeights(StateDict(old))
        for ((name, tensor), (_, expected)) in zip(fresh.stateDict, wanted) {
            try expectClose(tensor, expected, within: 0, name)
        }
    }
}
