import Testing
import Torch

@Suite("Deterministic algorithms") struct DeterministicAlgorithmsTests {
    /// The setting applies to the process, so it is tested in a separate process.
    @Test("In deterministic mode an operator without a deterministic algorithm fails by name")
    func operatorsWithoutOneFail() async {
        await #expect(processExitsWith: .success) {
            await #expect(DeterministicPut.outcomes() == [true, false, true, false, true])
        }
    }
}

@TensorActor
private enum DeterministicPut {
    /// Whether `put_` works before, while deterministic algorithms are required, after that, within an inner scope, and
    /// at the end. It has no deterministic algorithm on a CPU, because positions may repeat.
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
