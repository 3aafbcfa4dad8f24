import Foundation
import TestSupport
import Testing
import Torch
import TorchNN

/// A training that is saved and gone on with equals one that was not interrupted, bit for bit.
@TensorActor
@Suite struct OptimizerStateTests {
    @Test(arguments: TrainingProblem.cases)
    func aResumedTrainingIsTheSameBitForBit(_ example: TrainingProblem.Case) throws {
        let whole = try TrainingProblem(example)
        for step in 1...6 { try whole.step(step) }
        for pause in [1, 3] {
            let first = try TrainingProblem(example)
            for step in 1...pause { try first.step(step) }
            let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors").path
            defer { try? FileManager.default.removeItem(atPath: file) }
            try Checkpoint(
                entries: first.model.stateDict.map { ("model.\($0.name)", $0.tensor) } + first.optimizer.state
            ).writeSafetensors(to: file)

            let second = try TrainingProblem(example)
            let entries = try Checkpoint.read(file).entries
            try second.model.load(
                entries.filter { $0.name.hasPrefix("model.") }.map { (String($0.name.dropFirst(6)), $0.tensor) })
            try second.optimizer.loadState(entries.filter { !$0.name.hasPrefix("model.") })
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

    @Test func theLayoutOfWeightsIsTakenOver() throws {
        func make() throws -> (Sequential, Adam) {
            let model = try Formula.fill(Sequential(Conv2d(3, 8, kernelSize: 3), Flatten()))
            try model.to(.channelsLast)
            return (model, Adam.adamW(model.parameters, learningRate: 0.01))
        }
        func step(_ model: Sequential, _ optimizer: Adam) throws {
            try optimizer.zeroGradients()
            let input = try Formula.tensor([2, 3, 5, 6]).contiguous(.channelsLast)
            try crossEntropy(model(input), Tensor([1, 2])).backward()
            try optimizer.step()
        }
        let (model, optimizer) = try make()
        for _ in 0..<2 { try step(model, optimizer) }
        let (resumed, other) = try make()
        try resumed.load(model.stateDict)
        // A file holds tensors in the plain layout.
        try other.loadState(optimizer.state.map { ($0.name, try $0.tensor.contiguous()) })
        for (left, right) in zip(optimizer.state, other.state) { #expect(left.tensor.strides == right.tensor.strides) }
        for _ in 0..<2 {
            try step(model, optimizer)
            try step(resumed, other)
        }
        try expectClose(resumed.parameters[0], model.parameters[0], within: 0)
    }

    @Test func aLoadedStateIsACopy() throws {
        let problem = try TrainingProblem(TrainingProblem.cases[1])
        try problem.step(1)
        let saved = try problem.optimizer.state.map { ($0.name, try $0.tensor.clone()) }
        try problem.optimizer.loadState(saved)
        try problem.step(2)
        let mean = try #require(saved.first { $0.0 == "0.exp_avg" }).1
        let moved = try #require(problem.optimizer.state.first { $0.name == "0.exp_avg" }).tensor
        #expect(try maximumDifference(mean, moved) > 0)
    }

    @Test func anEmptyStateIsThatOfTheBeginning() throws {
        for example in TrainingProblem.cases {
            let problem = try TrainingProblem(example)
            #expect(problem.optimizer.state.isEmpty)
            try problem.step(1)
            #expect(!problem.optimizer.state.isEmpty)
            try problem.optimizer.loadState([])
            #expect(problem.optimizer.state.isEmpty)
        }
    }

    @Test func whatDoesNotFitIsTold() throws {
        let adam = try TrainingProblem(TrainingProblem.cases[1])
        try adam.step(1)
        let before = try adam.optimizer.state.map { ($0.name, try $0.tensor.clone()) }
        func problems(_ change: (inout [(name: String, tensor: Tensor)]) throws -> Void) throws -> [String] {
            var state = before.map { (name: $0.0, tensor: $0.1) }
            try change(&state)
            let error = #expect(throws: OptimizerStateError.self) { try adam.optimizer.loadState(state) }
            // Nothing was changed.
            for (left, right) in zip(adam.optimizer.state, before) {
                try expectClose(left.tensor, right.1, within: 0)
            }
            return try #require(error).problems
        }
        #expect(try problems { $0.removeFirst() } == ["'0.step' is missing"])
        #expect(
            try problems { $0[1].tensor = try Tensor.zeros([8, 7]) } == ["'0.exp_avg' is [8, 7], not [8, 6]"])
        #expect(
            try problems { $0.append(("9.step", try Tensor.zeros([]))) }
                == ["'9.step' is one too many: there are 4 parameters"])
        #expect(try problems { $0.append($0[0]) } == ["'0.step' stands twice"])
        for name in ["step", "x.step", "-1.step", ""] {
            #expect(
                try problems { $0.append((name, try Tensor.zeros([]))) }
                    == ["'\(name)' is no parameter's number with a field"])
        }
        let other = try problems { $0 = [("0.square_avg", try Tensor.zeros([8, 6]))] }
        #expect(other == ["'0.square_avg' is not kept here (step, exp_avg, exp_avg_sq)"])
    }

    @Test func momentumInTheStateWantsMomentumHere() throws {
        let problem = try TrainingProblem(TrainingProblem.cases[0])
        try problem.step(1)
        let plain = SGD(problem.optimizer.groups)
        #expect(throws: OptimizerStateError.self) { try plain.loadState(problem.optimizer.state) }
        let moving = SGD(problem.optimizer.groups, momentum: 0.5)
        try moving.loadState(problem.optimizer.state)
        #expect(moving.state.count == problem.optimizer.state.count)
    }

    /// A one-cycle schedule gives momentum to an optimizer that was made without, and may take it away for a step.
    @Test("A state goes on bit for bit where momentum comes and goes", arguments: ["sgd", "rmsprop"], 1...4)
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

    @Test func lambStepsAsAdamWhereANormIsZero() throws {
        let zero = try Tensor.zeros([3]).requiresGradient(true)
        let still = try Tensor.ones([2]).requiresGradient(true)
        try zero.setGradient(Tensor([Float(0.1), -0.2, 0.3]))
        try still.setGradient(Tensor.zeros([2]))
        let optimizer = LAMB([zero], learningRate: 0.01, weightDecay: 0.1)
        try optimizer.step()
        try expectClose(zero, Tensor([Float(-0.01), 0.01, -0.01]), within: 1e-6)
        // Nothing but the decay moves it, by the rate times its own length.
        try LAMB([still], learningRate: 0.01, weightDecay: 0.1).step()
        try expectClose(still, Tensor.full([2], 0.99), within: 1e-6)
    }

    @Test func parametersOfOneDimensionAndBiasesAreSpared() throws {
        let model = try Classifier()
        try model.features[0].unfreeze()
        let (decayed, spared) = model.trainableParametersByDecay
        #expect(decayed.map(\.shape) == [[4, 3, 3, 3], [2, 16]])
        #expect(spared.map(\.shape) == [[4], [4], [2]])
        try model.fc.freeze()
        #expect(model.trainableParametersByDecay.spared.count == 2)

        let group = ParameterGroup(model.parameters, learningRate: 0.1, weightDecay: 0.3, rateFactor: 0.5)
        let groups = group.sparingNormsAndBiases()
        #expect(groups.map(\.weightDecay) == [0.3, 0])
        #expect(groups.map(\.parameters.count) == [2, 3])
        #expect(groups.allSatisfy { $0.rateFactor == 0.5 && $0.learningRate == 0.05 })
        #expect(ParameterGroup([groups[1].parameters[0]], learningRate: 1).sparingNormsAndBiases().count == 1)
    }

    @Test func aNormThatIsNoNumberIsAnErrorAndChangesNothing() throws {
        let parameters = try (0..<3).map { _ in try Tensor.ones([2]).requiresGradient(true) }
        for parameter in parameters { try parameter.setGradient(Tensor.ones([2])) }
        try parameters[1].setGradient(Tensor([1, Float.infinity]))
        let error = #expect(throws: NonFiniteGradientError.self) { try clipGradients(parameters, norm: 1) }
        #expect(error?.norm == .infinity)
        #expect(error?.parameters == [1])
        try expectClose(#require(parameters[0].gradient), Tensor.ones([2]), within: 0)
        #expect(try clipGradients(parameters, norm: 1, allowsNonFinite: true) == .infinity)
        // As in PyTorch: the finite ones become 0.
        try expectClose(#require(parameters[0].gradient), Tensor.zeros([2]), within: 0)
        try parameters[1].setGradient(Tensor([1, Float.nan]))
        #expect(throws: NonFiniteGradientError.self) { try clipGradients(parameters, norm: 1) }
        #expect(try clipGradients([], norm: 1) == 0)
        try clipGradients([], value: 1)
    }

    @Test func thePenaltyReachesParametersWithoutGradientButNoneThatAreFrozen() throws {
        let trainable = try Tensor([Float(2), -3, 0]).requiresGradient(true)
        let frozen = try Tensor([Float(2)])
        try addL1Gradients([trainable, frozen], strength: 0.5)
        try expectClose(#require(trainable.gradient), Tensor([Float(0.5), -0.5, 0]), within: 0)
        #expect(frozen.gradient == nil)
        try addL1Gradients([frozen], strength: 0.5)
    }
}
