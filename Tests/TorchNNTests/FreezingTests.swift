import TestSupport
import Testing
import Torch
import TorchNN

/// In PyTorch, `requires_grad = False` followed by `train()` still moves a frozen backbone's running statistics.
@TensorActor
@Suite struct FreezingTests {
    @Test func aFrozenBackboneStaysAsItIsAfterEveryTrain() throws {
        let model = try Formula.fill(Classifier())
        try model.features.freeze()
        let before = try model.features.stateDict.map { try $0.tensor.detach().clone() }
        let head = try model.fc.weight.detach().clone()
        let optimizer = SGD(model.parameters, learningRate: 0.1, weightDecay: 0.1)
        for _ in 0..<3 {
            model.train()
            try optimizer.zeroGradients()
            try crossEntropy(model(Formula.tensor([4, 3, 4, 4])), Tensor([0, 1, 0, 1])).backward()
            try optimizer.step()
        }
        for (entry, value) in zip(model.features.stateDict, before) {
            try expectClose(entry.tensor, value, within: 0, entry.name)
            #expect(entry.tensor.gradient == nil)
        }
        #expect(try maximumDifference(model.fc.weight, head) > 1e-3)
    }

    @Test func aFrozenBackboneDropsNothing() throws {
        let model = try Formula.fill(Classifier())
        try model.features.freeze()
        model.train()
        let images = try Formula.tensor([4, 3, 4, 4])
        try expectClose(model.features(images), model.features(images), within: 0)
    }

    @Test func whatIsNotFrozenTrainsOn() throws {
        let model = try Classifier()
        let norm = try #require(model.features[1] as? BatchNorm2d)
        try model.features[0].freeze()
        model.train()
        #expect(norm.isTraining)
        #expect(model.trainableParameters.count == 4)
        try model.freeze()
        model.train()
        #expect(!norm.isTraining)
        #expect(model.trainableParameters.isEmpty)
        try model.unfreeze()
        model.train()
        #expect(norm.isTraining)
        #expect(model.trainableParameters.count == 5)
    }
}
