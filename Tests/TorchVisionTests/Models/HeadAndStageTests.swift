import TestSupport
import Testing
import Torch
import TorchNN
import TorchVision

/// Heads for one's own classes, and what is trained.
@Suite(.serialized) struct HeadAndStageTests {
    /// One of each family; VGG's is built as AlexNet's, and takes seconds to make.
    static let names = ["alexnet", "resnet18", "resnet50", "mobilenet_v2", "small_cnn"]

    static func makeNetwork(_ name: String, classes: Int) throws -> any ImageNetwork {
        try #require(Architecture.named(name)).makeNetwork(classes: classes)
    }

    static func identities(_ tensors: [Tensor]) -> [ObjectIdentifier] { tensors.map { ObjectIdentifier($0) } }

    @Test(arguments: names) func featuresThroughTheHeadAreTheLogits(_ name: String) throws {
        let network = try Self.makeNetwork(name, classes: 5)
        network.eval()
        let side = try #require(Architecture.named(name)).preprocessing.cropSize
        let input = try Formula.tensor([2, 3, side, side])
        try withInferenceMode {
            let features = try network.extractFeatures(input)
            #expect(features.shape == [2, network.headInputs])
            try expectClose(network.classify(features), network(input), within: 0)
        }
    }

    /// What the strategy `frozen` trains is all that comes after the features.
    @Test(arguments: names) func theHeadIsAllThatComesAfterTheFeatures(_ name: String) throws {
        let network = try Self.makeNetwork(name, classes: 5)
        try network.trainLastStages(1)
        network.train()
        let head = Set(Self.identities(network.stages.last?.parameters ?? []))
        #expect(Set(Self.identities(network.trainableParameters)) == head)
        let features = try Formula.tensor([2, network.headInputs])
        let loss = try network.classify(features).sum()
        try loss.backward()
        #expect(network.trainableParameters.allSatisfy { $0.gradient != nil })
    }

    @Test(arguments: names) func aNewHeadChangesTheLastLayerAlone(_ name: String) throws {
        let network = try Self.makeNetwork(name, classes: 10)
        let before = network.stateDict
        try network.replaceHead(classes: 7)
        let after = network.stateDict
        #expect(after.map(\.name) == before.map(\.name))
        for (old, new) in zip(before.dropLast(2), after.dropLast(2)) {
            #expect(new.tensor === old.tensor, "\(old.name)")
        }
        let headShapes: [[Int]] = after.suffix(2).map(\.tensor.shape)
        #expect(headShapes == [[7, network.headInputs], [7]])
        network.eval()
        let side = try #require(Architecture.named(name)).preprocessing.cropSize
        let logits = try withInferenceMode { try network(Formula.tensor([1, 3, side, side])) }
        #expect(logits.shape == [1, 7])
    }

    @Test(arguments: names) func theLastStagesTrainAndTheOthersRest(_ name: String) throws {
        let network = try Self.makeNetwork(name, classes: 2)
        #expect(Self.identities(network.stages.flatMap(\.parameters)) == Self.identities(network.parameters))
        let headShapes: [[Int]] = try #require(network.stages.last).parameters.map(\.shape)
        #expect(headShapes == [[2, network.headInputs], [2]])
        for count in [1, 2, network.stages.count] {
            try network.trainLastStages(count)
            network.train()
            let wanted = network.stages.suffix(count).flatMap(\.parameters)
            #expect(Self.identities(network.trainableParameters) == Self.identities(wanted))
            for stage in network.stages.dropLast(count) {
                for module in stage.modules.flatMap({ $0.namedModules.map(\.module) }) {
                    #expect((module as? any ModeDependent)?.isTraining != true, "\(stage.name)")
                }
            }
            for stage in network.stages.suffix(count) {
                for case let norm as BatchNorm2d in stage.modules.flatMap({ $0.namedModules.map(\.module) }) {
                    #expect(norm.isTraining, "\(stage.name)")
                }
            }
        }
    }

    /// PARITY: PyTorch's `train()` moves a frozen backbone's running statistics.
    @Test func aFrozenBackbonesStatisticsStay() throws {
        let network = try Self.makeNetwork("resnet18", classes: 2)
        try network.trainLastStages(1)
        network.train()
        let before = try network.stateDict.map { try $0.tensor.detach().clone() }
        _ = try network(Formula.tensor([2, 3, 64, 64]))
        for (entry, value) in zip(network.stateDict, before) { try expectClose(entry.tensor, value, within: 0) }
    }
}
