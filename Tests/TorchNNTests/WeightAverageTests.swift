import Testing
import Torch
import TorchNN
import TorchTestSupport

@TensorActor
@Suite("Exponential moving average of the weights") struct WeightAverageTests {
    private func makeModel() throws -> Sequential {
        try Formula.fill(Sequential(Linear(6, 8), BatchNorm1d(8)))
    }

    /// A substitute for a training step: each entry changes.
    private func change(_ model: Sequential, step: Int) throws {
        try withoutGradient {
            for (index, (_, tensor)) in model.stateDict.enumerated() {
                if tensor.dtype.isFloatingPoint {
                    try tensor += Formula.tensor(tensor.shape, entry: 100 * step + index, scale: 0.1)
                } else {
                    try tensor += Tensor(1)
                }
            }
        }
    }

    private func average(of model: Sequential, _ name: String) throws -> WeightAverage {
        name == "plain"
            ? try WeightAverage(of: model, decay: 0.9) : try WeightAverage(of: model, decay: 0.6, warmUpPower: 0.75)
    }

    @Test("The average equals timm's", arguments: ["plain", "warm-up"])
    func golden(_ name: String) throws {
        let goldens = try Goldens.tensors("nn/averages.safetensors")
        let model = try makeModel()
        let average = try average(of: model, name)
        for step in 1...5 {
            try change(model, step: step)
            try average.update()
            guard [1, 5].contains(step) else { continue }
            try average.withAverage {
                for (entry, tensor) in model.stateDict {
                    try expectClose(tensor, #require(goldens["\(name)/\(step)/\(entry)"]), within: 1e-6, entry)
                }
            }
        }
    }

    @Test("The network has its original weights afterwards")
    func ownWeights() throws {
        struct Stop: Error {}
        let model = try makeModel()
        let parameters = model.parameters
        let average = try WeightAverage(of: model, decay: 0.5)
        try change(model, step: 1)
        try average.update()
        let own = try model.stateDict.map { try $0.tensor.detach().clone() }
        let before = try average.state.map { try $0.tensor.clone() }
        var differences: [Double] = []
        let stopped: () throws -> Void = {
            try average.withAverage {
                differences.append(try maximumDifference(model.parameters[0], own[0]))
                // Inside, the network has the average already.
                try average.withAverage {
                    differences.append(try maximumDifference(model.parameters[0], own[0]))
                }
                throw Stop()
            }
        }
        #expect(throws: Stop.self) { try stopped() }
        #expect(differences.count == 2)
        #expect(differences.allSatisfy { $0 > 0 })
        #expect(model.parameters.allSatisfy { $0.requiresGradient })
        for (tensor, own) in zip(model.stateDict.map(\.tensor), own) { try expectClose(tensor, own, within: 0) }
        for (tensor, before) in zip(try average.state.map(\.tensor), before) {
            try expectClose(tensor, before, within: 0)
        }
        // The tensors are the same objects, so an optimizer continues with them.
        #expect(zip(parameters, model.parameters).allSatisfy { $0 === $1 })
        let optimizer = SGD(parameters, learningRate: 0.1)
        try model(Formula.tensor([10, 6])).pow(2).sum().backward()
        try optimizer.step()
        #expect(try maximumDifference(model.parameters[0], own[0]) > 0)
    }

    @Test("A saved average continues bit for bit", arguments: ["plain", "warm-up"])
    func saved(_ name: String) throws {
        let model = try makeModel()
        let whole = try average(of: model, name)
        for step in 1...2 {
            try change(model, step: step)
            try whole.update()
        }
        let resumed = try average(of: model, name)
        try resumed.loadState(whole.state)
        #expect(resumed.updates == 2)
        #expect(resumed.currentDecay == whole.currentDecay)
        for step in 3...5 {
            try change(model, step: step)
            try whole.update()
            try resumed.update()
        }
        for (left, right) in zip(try whole.state, try resumed.state) {
            #expect(left.name == right.name)
            try expectClose(left.tensor, right.tensor, within: 0, left.name)
        }
        #expect(try whole.state.first?.name == "n_averaged")
        #expect(try whole.state.contains { $0.name == "module.1.running_mean" })
    }

    @Test("The average of another network is refused")
    func otherNetwork() throws {
        let average = try WeightAverage(of: makeModel())
        let other = try WeightAverage(of: Sequential(Linear(6, 9), ReLU(), Linear(9, 8)))
        let before = try average.state.map { try $0.tensor.clone() }
        let error = try #require(throws: LoadError.self) { try average.loadState(other.state) }
        #expect(error.report.mismatched.map(\.name) == ["module.0.weight", "module.0.bias"])
        #expect(error.report.missing.contains("module.1.running_var"))
        #expect(error.report.unexpected == ["module.2.weight", "module.2.bias"])
        for (tensor, before) in zip(try average.state.map(\.tensor), before) {
            try expectClose(tensor, before, within: 0)
        }
    }
}
