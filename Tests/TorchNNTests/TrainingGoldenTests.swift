import Testing
import Torch
import TorchNN
import TorchTestSupport

/// A small problem for every optimizer: three groups, weight decay in two, and a parameter with a late first gradient.
/// `scripts/goldens/training.py` has the same problem.
@TensorActor
final class TrainingProblem {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The learning rates of the first and the second layer, and the weight decay.
        let rates: (Double, Double, Double)
        let make: @Sendable ([ParameterGroup]) -> any Optimizer

        init(
            _ name: String, _ first: Double, _ second: Double, decay: Double,
            _ make: @escaping @Sendable ([ParameterGroup]) -> any Optimizer
        ) {
            (testDescription, rates, self.make) = (name, (first, second, decay), make)
        }
    }

    nonisolated static let cases: [Case] = [
        Case("sgd", 0.05, 0.1, decay: 0.01) { SGD($0, momentum: 0.9, nesterov: true) },
        Case("adam", 0.005, 0.01, decay: 0.1) { Adam($0) },
        Case("adamw", 0.005, 0.01, decay: 0.1) { AdamW($0, betas: (0.8, 0.95)) },
        Case("rmsprop", 0.002, 0.005, decay: 0) { RMSprop($0) },
        Case("rmsprop-momentum", 0.001, 0.002, decay: 0.1) {
            RMSprop($0, alpha: 0.9, epsilon: 1e-3, momentum: 0.9)
        },
        Case("rmsprop-centered", 0.002, 0.005, decay: 0.05) {
            RMSprop($0, alpha: 0.95, epsilon: 1e-4, momentum: 0.5, centered: true)
        },
        Case("adagrad", 0.02, 0.05, decay: 0) { Adagrad($0) },
        Case("adagrad-decay", 0.1, 0.2, decay: 0.05) {
            Adagrad($0, learningRateDecay: 0.3, initialAccumulatorValue: 0.2, epsilon: 1e-6)
        },
        Case("lion", 0.001, 0.002, decay: 0) { Lion($0) },
        Case("lion-decay", 0.002, 0.005, decay: 0.5) { Lion($0, betas: (0.95, 0.98)) },
        Case("lamb", 0.005, 0.01, decay: 0.1) { LAMB($0, maxGradientNorm: 0.3) },
        Case("lamb-free", 0.005, 0.01, decay: 0.01) {
            LAMB($0, betas: (0.8, 0.9), epsilon: 1e-4, maxGradientNorm: nil)
        },
        Case("sgd-cycled", 0.05, 0.1, decay: 0.01) { SGD($0, momentum: 0.95) },
        Case("adamw-cycled", 0.005, 0.01, decay: 0.1) { AdamW($0) },
        Case("rmsprop-cycled", 0.001, 0.002, decay: 0) { RMSprop($0, epsilon: 1e-3, momentum: 0.95) },
    ]

    let model: Sequential
    let optimizer: any Optimizer
    private let name: String

    init(_ example: Case) throws {
        name = example.testDescription
        model = try Formula.fill(Sequential(Linear(6, 8), ReLU(), Linear(8, 3)))
        let (first, second, decay) = example.rates
        let parameters = model.parameters
        optimizer = example.make([
            ParameterGroup(Array(parameters[0...1]), learningRate: first, weightDecay: decay),
            ParameterGroup([parameters[2]], learningRate: second, weightDecay: decay),
            ParameterGroup([parameters[3]], learningRate: second),
        ])
    }

    /// Takes a step, counted from 1.
    func step(_ number: Int) throws {
        if name.hasSuffix("-cycled") { optimizer.setMomentum([0.95, 0.9, 0.85, 0.85, 0.9, 0.95][number - 1]) }
        try model.parameters[1].requiresGradient(number >= 3)
        try optimizer.zeroGradients()
        try crossEntropy(model(Formula.tensor([10, 6])), Tensor((0..<10).map { $0 % 3 })).backward()
        try optimizer.step()
    }
}

/// The steps and states of each optimizer equal those of PyTorch and timm.
@TensorActor
@Suite("Training steps against PyTorch and timm") struct TrainingGoldenTests {
    @Test("Steps and states equal those of PyTorch and timm", arguments: TrainingProblem.cases)
    func steps(_ example: TrainingProblem.Case) throws {
        let goldens = try Goldens.tensors("nn/training.safetensors")
        let name = example.testDescription
        let problem = try TrainingProblem(example)
        // RMSprop divides by roots of small differences, which amplifies the rounding of other processors' instructions.
        let tolerance = name.hasPrefix("rmsprop") ? 5e-5 : 2e-6
        for step in 1...6 {
            try problem.step(step)
            if [1, 3, 6].contains(step) {
                for (parameter, tensor) in problem.model.stateDict {
                    let golden = try #require(goldens["\(name)/\(step)/\(parameter)"])
                    try expectClose(tensor, golden, within: tolerance, "\(parameter) after step \(step)")
                }
            }
            guard [3, 6].contains(step) else { continue }
            let state = problem.optimizer.state
            let prefix = "\(name)/state\(step)/"
            let names = goldens.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
            #expect(Set(state.names) == Set(names))
            #expect(state.count == names.count)
            for (entry, tensor) in state {
                let golden = try #require(goldens[prefix + entry])
                try expectClose(tensor, golden, within: tolerance, "\(entry) after step \(step)")
            }
        }
    }

    @Test("Training continues from a PyTorch state", arguments: TrainingProblem.cases)
    func resumed(_ example: TrainingProblem.Case) throws {
        let goldens = try Goldens.tensors("nn/training.safetensors")
        let name = example.testDescription
        let problem = try TrainingProblem(example)
        let saved = StateDict(goldens.map { ($0.key, $0.value) })
        try problem.model.load(saved.part("\(name)/3/"))
        try problem.optimizer.loadState(saved.part("\(name)/state3/"))
        for step in 4...6 { try problem.step(step) }
        for (parameter, tensor) in problem.model.stateDict {
            try expectClose(tensor, #require(goldens["\(name)/6/\(parameter)"]), within: 2e-6, parameter)
        }
    }

    @Test("Gradients are clipped by norm")
    func clippingByNorm() throws {
        let goldens = try Goldens.tensors("nn/training.safetensors")
        for (name, limit) in [("short", 0.05), ("long", 50)] {
            let model = try Self.modelWithGradients()
            let norm = try clipGradients(model.parameters, norm: limit)
            let golden: Double = try #require(goldens["clip-norm-\(name)/norm"]).item()
            #expect(abs(norm / golden - 1) < 1e-6)
            try Self.expectGradients(of: model, goldens, "clip-norm-\(name)")
        }
    }

    @Test("Gradients are clipped by value")
    func clippingByValue() throws {
        let model = try Self.modelWithGradients()
        try clipGradients(model.parameters, value: 0.02)
        try Self.expectGradients(of: model, Goldens.tensors("nn/training.safetensors"), "clip-value")
    }

    /// One of the parameters has no gradient.
    private static func modelWithGradients() throws -> Sequential {
        let model = try Formula.fill(Sequential(Linear(6, 8), ReLU(), Linear(8, 3)))
        try crossEntropy(model(Formula.tensor([10, 6])), Tensor((0..<10).map { $0 % 3 })).backward()
        try model.parameters[1].setGradient(nil)
        return model
    }

    private static func expectGradients(
        of model: Sequential, _ goldens: [String: Tensor], _ name: String
    ) throws {
        for (parameter, tensor) in model.namedParameters {
            let golden = goldens["\(name)/\(parameter)"]
            #expect((tensor.gradient == nil) == (golden == nil))
            if let gradient = tensor.gradient, let golden {
                try expectClose(gradient, golden, within: 1e-7, parameter)
            }
        }
    }

    @Test("The L1 penalty is the same in the loss and in the gradients", arguments: [true, false])
    func penalty(isRecorded: Bool) throws {
        let goldens = try Goldens.tensors("nn/training.safetensors")
        let model = try Formula.fill(Sequential(Linear(6, 8), ReLU(), Linear(8, 3)))
        try withoutGradient { try model.parameters[0][0].zero() }
        let penalty = try l1Penalty(model.parameters, strength: 0.01)
        try expectClose(penalty, #require(goldens["l1/penalty"]), within: 1e-6)
        let loss = try crossEntropy(model(Formula.tensor([10, 6])), Tensor((0..<10).map { $0 % 3 }))
        if isRecorded {
            try (loss + penalty).backward()
        } else {
            try loss.backward()
            try addL1Gradients(model.parameters, strength: 0.01)
        }
        try Self.expectGradients(of: model, goldens, "l1")
    }
}
