import Testing
import Torch
import TorchNN
import TorchTestSupport
import TorchVision

/// What GoogLeNet and Inception v3 have that no other family has, and what old files of DenseNet call their entries.
@TensorActor
@Suite(.serialized) struct InceptionTests {
    /// Every 200th logit of the second picture, as torchvision computes them with the weights of the formula, at the
    /// smallest size that the network takes.
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

    /// PARITY: networks that published weights are loaded into have `transform_input=True`.
    @Test(arguments: [
        ("googlenet", 15, [0.006463, 0.156322, -0.119605, -0.122801, -0.285855] as [Float]),
        ("inception_v3", 75, [0.082499, 0.207466, -0.077155, -0.037697, -0.22114]),
    ])
    func publishedWeightsSeeTheInputNormalisedAnew(name: String, side: Int, expected: [Float]) throws {
        // With all heads, since the formula's numbers hang on an entry's place.
        let network = try Self.makeNetwork(name, hasAuxiliaryHeads: true)
        try Formula.fill(network)
        let logits = try Self.logits(network, side: side)
        #expect(zip(logits, expected).allSatisfy { abs($0 - $1) < 2e-5 }, "\(logits)")
    }

    @Test func theSmallestPictureOfADenseNet() throws {
        let network = try #require(Architecture.named("densenet121")).makeNetwork(classes: 1000)
        try Formula.fill(network)
        let logits = try Self.logits(network, side: 29)
        let expected: [Float] = [0.005459, -0.045288, 0.09112, 0.06744, -0.120653]
        #expect(zip(logits, expected).allSatisfy { abs($0 - $1) < 2e-5 }, "\(logits)")
    }

    /// PARITY: the published file of GoogLeNet has auxiliary heads, which nobody trained; Inception keeps its own.
    @Test(arguments: [("googlenet", "aux", false), ("inception_v3", "AuxLogits", true)])
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

    @Test func inceptionsAuxiliaryHeadNeedsLargePictures() throws {
        let network = try InceptionV3(classes: 4)
        let error = #expect(throws: TorchError.self) {
            try withoutGradient { try network.forwardWithAuxiliaries(Formula.tensor([2, 3, 298, 298])) }
        }
        #expect(error?.message.contains("299 x 299") == true)
    }

    @Test func oldDenseNetFilesAreRenamed() throws {
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
