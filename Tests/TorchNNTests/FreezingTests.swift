import Testing
import Torch
import TorchNN
import TorchTestSupport

/// In PyTorch, `requires_grad = False` followed by `train()` still updates a frozen backbone's running statistics.
@TensorActor
@Suite("Frozen modules") struct FreezingTests {
    @Test("A frozen backbone stays unchanged after every train()")
    func frozenBackbone() throws {
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

    @Test("A frozen backbone drops nothing")
    func frozenBackboneDropout() throws {
        let model = try Formula.fill(Classifier())
        try model.features.freeze()
        model.train()
        let images = try Formula.tensor([4, 3, 4, 4])
        try expectClose(model.features(images), model.features(images), within: 0)
    }

    @Test("A frozen module without parameters drops nothing next to trained modules")
    func frozenDropout() throws {
        let model = Sequential(Dropout(0.5), try Linear(4, 4), Dropout(0.5), try Linear(4, 2))
        func modes() -> [Bool] { [0, 2].map { (model[$0] as? Dropout)?.isTraining ?? false } }
        try model[0].freeze()
        try model[1].freeze()
        model.train()
        #expect(modes() == [false, true])
        let input = try Formula.tensor([64, 4])
        try expectClose(model(input, through: 0..<2), model(input, through: 0..<2), within: 0)
        #expect(try maximumDifference(model(input), model(input)) > 1e-3)
        try model.unfreeze()
        model.train()
        #expect(modes() == [true, true])
        try model.freeze()
        model.train()
        #expect(modes() == [false, false])
    }

    @Test("Layers that are not frozen are still trained")
    func partlyFrozen() throws {
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
