import Testing
import Torch
import TorchNN
import TorchTestSupport

/// Five steps of each optimizer on ten fixed samples equal PyTorch's.
@TensorActor
@Suite("Optimizers against PyTorch") struct OptimizerGoldenTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable ([Tensor]) -> any Optimizer

        init(_ name: String, _ make: @escaping @Sendable ([Tensor]) -> any Optimizer) {
            (testDescription, self.make) = (name, make)
        }
    }

    nonisolated static let cases: [Case] = [
        Case("sgd") { SGD($0, learningRate: 0.1) },
        Case("sgd-momentum") { SGD($0, learningRate: 0.1, momentum: 0.9) },
        Case("sgd-nesterov") { SGD($0, learningRate: 0.1, momentum: 0.9, nesterov: true) },
        Case("sgd-weight-decay") { SGD($0, learningRate: 0.1, momentum: 0.9, weightDecay: 0.05) },
        Case("sgd-dampening") { SGD($0, learningRate: 0.1, momentum: 0.9, dampening: 0.3) },
        Case("adam") { Adam($0, learningRate: 0.01) },
        Case("adam-betas") {
            Adam([ParameterGroup($0, learningRate: 0.02)], betas: (0.8, 0.95), epsilon: 1e-6)
        },
        Case("adam-weight-decay") { Adam($0, learningRate: 0.01, weightDecay: 0.1) },
        Case("adamw") { AdamW($0, learningRate: 0.01) },
        Case("adamw-weight-decay") { AdamW($0, learningRate: 0.01, weightDecay: 0.1) },
        Case("sgd-step-lr") { SGD($0, learningRate: 0.1, momentum: 0.9) },
        Case("adam-step-lr") { Adam($0, learningRate: 0.01) },
    ]

    @Test("Five steps equal PyTorch's", arguments: cases)
    func steps(_ example: Case) throws {
        let goldens = try Goldens.tensors("nn/optimizers.safetensors")
        let name = example.testDescription
        let model = try Formula.fill(Sequential(Linear(6, 8), ReLU(), Linear(8, 3)))
        let optimizer = example.make(model.parameters)
        let initialRate = optimizer.groups[0].learningRate
        for step in 1...5 {
            try takeStep(model, optimizer)
            if name.hasSuffix("-step-lr") {
                let rate = LearningRate(
                    .step(every: 2, factor: 0.5), initial: initialRate, epochs: 6, stepsPerEpoch: 1)
                optimizer.setLearningRate(rate.rate(step: step))
            }
            for (parameter, tensor) in model.stateDict {
                let golden = try #require(goldens["\(name)/\(step)/\(parameter)"])
                try expectClose(tensor, golden, within: 2e-6, "\(parameter) after step \(step)")
            }
        }
    }

    private func takeStep(_ model: Sequential, _ optimizer: any Optimizer) throws {
        try optimizer.zeroGradients()
        try crossEntropy(model(Formula.tensor([10, 6])), Tensor((0..<10).map { $0 % 3 })).backward()
        try optimizer.step()
    }

    @Test("The layout of a convolution's weights does not matter", arguments: cases)
    func layout(_ example: Case) throws {
        var results: [Tensor] = []
        for format in [MemoryFormat.contiguous, .channelsLast] {
            let model = try Formula.fill(Sequential(Conv2d(3, 4, kernelSize: 3), Flatten()))
            try model.to(format)
            let optimizer = example.make(model.parameters)
            let input = try Formula.tensor([2, 3, 5, 6]).contiguous(format)
            for _ in 0..<3 {
                try optimizer.zeroGradients()
                try crossEntropy(model(input), Tensor([1, 2])).backward()
                try optimizer.step()
            }
            results.append(model.parameters[0])
        }
        try expectClose(results[1], results[0], within: 1e-5)
    }

    @Test("Groups have separate learning rates, and other parameters stay unchanged")
    func groups() throws {
        let model = try Formula.fill(Sequential(Linear(6, 8), ReLU(), Linear(8, 3)))
        let before = try model.parameters.map { try $0.detach().clone() }
        let parameters = model.parameters
        let optimizer = SGD([
            ParameterGroup([parameters[0]], learningRate: 0.1), ParameterGroup([parameters[2]], learningRate: 0.01),
        ])
        try takeStep(model, optimizer)
        for (index, rate) in [(0, 0.1), (2, 0.01)] {
            let expected = try before[index] - #require(parameters[index].gradient) * rate
            try expectClose(parameters[index], expected, within: 1e-7)
        }
        for index in [1, 3] { try expectClose(parameters[index], before[index], within: 0) }
    }

    @Test("A parameter without a gradient stays unchanged and may get one later")
    func lateParameter() throws {
        let model = try Formula.fill(Sequential(Linear(6, 8), ReLU(), Linear(8, 3)))
        let optimizer = SGD(model.parameters, learningRate: 0.1, momentum: 0.9)
        try model[0].freeze()
        let before = try model.parameters[0].detach().clone()
        try takeStep(model, optimizer)
        try expectClose(model.parameters[0], before, within: 0)
        try model[0].unfreeze()
        try takeStep(model, optimizer)
        // Its first step: no momentum yet.
        let expected = try before - #require(model.parameters[0].gradient) * 0.1
        try expectClose(model.parameters[0], expected, within: 1e-7)
    }
}
