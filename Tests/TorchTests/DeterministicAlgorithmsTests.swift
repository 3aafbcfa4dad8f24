import Testing
import Torch

@Suite("Deterministic algorithms") struct DeterministicAlgorithmsTests {
    /// The setting is the process's, so it is tried in a process of its own.
    @Test("While they are asked for, an operator without one fails by its name")
    func operatorsWithoutOneFail() async {
        await #expect(processExitsWith: .success) {
            await #expect(DeterministicPut.outcomes() == [true, false, true, false, true])
        }
    }
}

@TensorActor
private enum DeterministicPut {
    /// Whether `put_` works before, while algorithms are asked for, after that, within an inner request, and at the end. It
    /// is one of the operators without a deterministic algorithm on a CPU: places may repeat.
    static func outcomes() -> [Bool] {
        var outcomes = [works()]
        try? withDeterministicAlgorithms { outcomes.append(works()) }
        try? withDeterministicAlgorithms(false) { outcomes.append(works()) }
        try? withDeterministicAlgorithms {
            try withDeterministicAlgorithms {}
            outcomes.append(works())
        }
        outcomes.append(works())
        return outcomes
    }

    private static func works() -> Bool {
        do {
            try Operator("aten::put_").run(Tensor.zeros([4]), Tensor([1, 1]), Tensor([Float(2), 3]), false)
            return true
        } catch {
            #expect("\(error)".contains("put_") && "\(error)".contains("deterministic"))
            return false
        }
    }
}
