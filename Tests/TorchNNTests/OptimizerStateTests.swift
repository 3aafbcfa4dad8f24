import Foundation
import Testing
import Torch
import TorchNN
import TorchTestSupport

/// A training run that is saved and resumed equals an uninterrupted one, bit for bit.
@TensorActor
@Suite("Optimizer states") struct OptimizerStateTests {
    @Test("Resumed training is the same bit for bit", arguments: TrainingProblem.cases)
    func resumedTraining(_ example: TrainingProblem.Case) throws {
        let whole = try TrainingProblem(example)
        for step in 1...6 { try whole.step(step) }
        for pause in [1, 3] {
            let first = try TrainingProblem(example)
            for step in 1...pause { try first.step(step) }
            let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors").path
            defer { try? FileManager.default.removeItem(atPath: file) }
            try Checkpoint(first.model.stateDict.prefixed("model.").merging(first.optimizer.state))
                .writeSafetensors(to: file)

            let second = try TrainingProblem(example)
            let state = try Checkpoint.read(file).stateDict
            try second.model.load(state.part("model."))
            try second.optimizer.loadState(state.filter { !$0.name.hasPrefix("model.") })
            for step in (pause + 1)...6 { try second.step(step) }
            for (left, right) in zip(second.model.parameters, whole.model.parameters) {
                try expectClose(left, right, within: 0)
            }
            for (left, right) in zip(second.optimizer.state, whole.optimizer.state) {
                #expect(left.name == right.name)
                try expectClose(left.tensor, right.tensor, within: 0, left.name)
            }
        }
    }

    @Test("The state has the memory layout of the weights")
    func layout() throws {
        func make() throws -> (Sequential, AdamW) {
            let model = try Formula.fill(Sequential(Conv2d(3, 8, kernelSize: 3), Flatten()))
            try model.to(.channelsLast)
            return (model, AdamW(model.parameters, learningRate: 0.01))
        }
        func step(_ model: Sequential, _ optimizer: AdamW) throws {
            try optimizer.zeroGradients()
            let input = try Formula.tensor([2, 3, 5, 6]).contiguous(.channelsLast)
            try crossEntropy(model(input), Tensor([1, 2])).backward()
            try optimizer.step()
        }
        let (model, optimizer) = try make()
        for _ in 0..<2 { try step(model, optimizer) }
        let (resumed, other) = try make()
        try resumed.load(model.stateDict)
        // A file holds tensors in the contiguous layout.
        try other.loadState(optimizer.state.mapValues { try $0.contiguous() })
        for (left, right) in zip(optimizer.state, other.state) { #expect(left.tensor.strides == right.tensor.strides) }
        for _ in 0..<2 {
            try step(model, optimizer)
            try step(resumed, other)
        }
        try expectClose(resumed.parameters[0], model.parameters[0], within: 0)
    }

    @Test("A loaded state is a copy")
    func copy() throws {
        let problem = try TrainingProblem(TrainingProblem.cases[1])
        try problem.step(1)
        let saved = try problem.optimizer.state.mapValues { try $0.clone() }
        try problem.optimizer.loadState(saved)
        try problem.step(2)
        let mean = try #require(saved["0.exp_avg"])
        let moved = try #require(problem.optimizer.state["0.exp_avg"])
        #expect(try maximumDifference(mean, moved) > 0)
    }

    @Test("An empty state is the initial one")
    func emptyState() throws {
        for example in TrainingProblem.cases {
            let problem = try TrainingProblem(example)
            #expect(problem.optimizer.state.isEmpty)
            try problem.step(1)
            #expect(!problem.optimizer.state.isEmpty)
            try problem.optimizer.loadState([:])
            #expect(problem.optimizer.state.isEmpty)
        }
    }

    @Test("A state that does not fit is reported and changes nothing")
    func misfits() throws {
        let adam = try TrainingProblem(TrainingProblem.cases[1])
        try adam.step(1)
        let before = try adam.optimizer.state.mapValues { try $0.clone() }
        func problems(_ change: (inout StateDict) throws -> Void) throws -> [String] {
            var state = before
            try change(&state)
            let error = #expect(throws: OptimizerStateError.self) { try adam.optimizer.loadState(state) }
            // Nothing has changed.
            for (left, right) in zip(adam.optimizer.state, before) {
                try expectClose(left.tensor, right.tensor, within: 0)
            }
            return try #require(error).problems
        }
        let missing = try problems { $0["0.step"] = nil }
        #expect(missing == ["'0.step' is missing"])
        let shape = try problems { $0["0.exp_avg"] = try Tensor.zeros([8, 7]) }
        #expect(shape == ["'0.exp_avg' is [8, 7], not [8, 6]"])
        let many = try problems { $0["9.step"] = try Tensor.zeros([]) }
        #expect(many == ["'9.step' is out of range: there are 4 parameters"])
        let twice = try problems { $0["00.step"] = try Tensor.zeros([]) }
        #expect(twice == ["'00.step' occurs twice"])
        for name in ["step", "x.step", "-1.step", ""] {
            let unknown = try problems { $0[name] = try Tensor.zeros([]) }
            #expect(unknown == ["'\(name)' is not the index of a parameter and a field"])
        }
        let other = try problems { $0 = try ["0.square_avg": Tensor.zeros([8, 6])] }
        #expect(other == ["'0.square_avg' is not in this optimizer's state (step, exp_avg, exp_avg_sq)"])
    }

    @Test("A state with momentum needs an optimizer with momentum")
    func momentum() throws {
        let problem = try TrainingProblem(TrainingProblem.cases[0])
        try problem.step(1)
        let plain = SGD(problem.optimizer.groups)
        #expect(throws: OptimizerStateError.self) { try plain.loadState(problem.optimizer.state) }
        let moving = SGD(problem.optimizer.groups, momentum: 0.5)
        try moving.loadState(problem.optimizer.state)
        #expect(moving.state.count == problem.optimizer.state.count)
    }

    /// A one-cycle schedule adds momentum to an optimizer without it, and may remove it for a step.
    @Test("A state resumes bit for bit if a schedule turns momentum on and off", arguments: ["sgd", "rmsprop"], 1...4)
    func scheduledMomentum(_ kind: String, pause: Int) throws {
        let momenta = [0.9, 0.5, 0, 0, 0.7, 0.9]
        func make() throws -> (Tensor, any Optimizer) {
            let weight = try Tensor([Float(1), -2, 3]).requiresGradient(true)
            return (
                weight, kind == "sgd" ? SGD([weight], learningRate: 0.1) : RMSprop([weight], learningRate: 0.1)
            )
        }
        func step(_ number: Int, _ weight: Tensor, _ optimizer: any Optimizer) throws {
            optimizer.setMomentum(momenta[number])
            try weight.setGradient(Tensor([Float(number), 1, -0.5]))
            try optimizer.step()
        }
        let (whole, wholeOptimizer) = try make()
        for number in momenta.indices { try step(number, whole, wholeOptimizer) }
        let (first, firstOptimizer) = try make()
        for number in 0..<pause { try step(number, first, firstOptimizer) }
        let (second, secondOptimizer) = try make()
        try withoutGradient { _ = try second.copy(from: first) }
        secondOptimizer.setMomentum(momenta[pause])
        try secondOptimizer.loadState(firstOptimizer.state)
        for number in pause..<momenta.count { try step(number, second, secondOptimizer) }
        try expectClose(second, whole, within: 0)
    }

    @Test("LAMB takes the steps of Adam if a norm is zero")
    func zeroNorm() throws {
        let zero = try Tensor.zeros([3]).requiresGradient(true)
        let still = try Tensor.ones([2]).requiresGradient(true)
        try zero.setGradient(Tensor([Float(0.1), -0.2, 0.3]))
        try still.setGradient(Tensor.zeros([2]))
        let optimizer = LAMB([zero], learningRate: 0.01, weightDecay: 0.1)
        try optimizer.step()
        try expectClose(zero, Tensor([Float(-0.01), 0.01, -0.01]), within: 1e-6)
        // Only the weight decay changes it, by the learning rate times its own length.
        try LAMB([still], learningRate: 0.01, weightDecay: 0.1).step()
        try expectClose(still, Tensor.full([2], 0.99), within: 1e-6)
    }

    @Test("Parameters of one dimension and biases are excluded from weight decay")
    func excludedParameters() throws {
        let model = try Classifier()
        try model.features[0].unfreeze()
        let (decayed, spared) = model.trainableParametersByDecay
        #expect(decayed.map(\.shape) == [[4, 3, 3, 3], [2, 16]])
        #expect(spared.map(\.shape) == [[4], [4], [2]])
        try model.fc.freeze()
        #expect(model.trainableParametersByDecay.excluded.count == 2)

        let group = ParameterGroup(model.parameters, learningRate: 0.1, weightDecay: 0.3, learningRateScale: 0.5)
        let groups = group.excludingNormsFromWeightDecay()
        #expect(groups.map(\.weightDecay) == [0.3, 0])
        #expect(groups.map(\.parameters.count) == [2, 3])
        #expect(groups.allSatisfy { $0.learningRateScale == 0.5 && $0.learningRate == 0.05 })
        #expect(ParameterGroup([groups[1].parameters[0]], learningRate: 1).excludingNormsFromWeightDecay().count == 1)
    }

    @Test("A NaN or infinite norm is an error and changes nothing")
    func nonFiniteNorm() throws {
        let parameters = try (0..<3).map { _ in try Tensor.ones([2]).requiresGradient(true) }
        for parameter in parameters { try parameter.setGradient(Tensor.ones([2])) }
        try parameters[1].setGradient(Tensor([1, Float.infinity]))
        let error = #expect(throws: NonFiniteGradientError.self) { try clipGradients(parameters, norm: 1) }
        #expect(error?.norm == .infinity)
        #expect(error?.parameters == [1])
        try expectClose(#require(parameters[0].gradient), Tensor.ones([2]), within: 0)
        #expect(try clipGradients(parameters, norm: 1, allowsNonFinite: true) == .infinity)
        // As in PyTorch, the finite ones become 0.
        try expectClose(#require(parameters[0].gradient), Tensor.zeros([2]), within: 0)
        try parameters[1].setGradient(Tensor([1, Float.nan]))
        #expect(throws: NonFiniteGradientError.self) { try clipGradients(parameters, norm: 1) }
        #expect(try clipGradients([], norm: 1) == 0)
        try clipGradients([], value: 1)
    }

    @Test("The L1 penalty reaches parameters without a gradient, but not frozen ones")
    func penalty() throws {
        let trainable = try Tensor([Float(2), -3, 0]).requiresGradient(true)
        let frozen = try Tensor([Float(2)])
        try addL1Gradients([trainable, frozen], strength: 0.5)
        try expectClose(#require(trainable.gradient), Tensor([Float(0.5), -0.5, 0]), within: 0)
        #expect(frozen.gradient == nil)
        try addL1Gradients([frozen], strength: 0.5)
    }
}
