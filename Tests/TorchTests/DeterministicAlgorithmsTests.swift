import Testing
import Torch

@Suite("Deterministic algorithms") struct DeterministicAlgorithmsTests {
    /// The setting is the process's, so it is tried in a process of its own. `put_` is one of the operators without a
    /// deterministic algorithm on a CPU, where places may repeat.
    @Test("While they are asked for, an operator without one fails by its name")
    func operatorsWithoutOneFail() async {
        await #expect(processExitsWith: .success) {
            try await TensorActor.run {
                func put() throws {
                    try Operator("aten::put_").run(
                        Tensor.zeros([4]), Tensor([1, 1]), Tensor([Float(2), 3]), false)
                }
                try put()
                let error = #expect(throws: TorchError.self) { try withDeterministicAlgorithms { try put() } }
                #expect(error?.message.contains("put_") == true)
                #expect(error?.message.contains("deterministic") == true)
                // It ends with the body, whether that throws or not, and an inner one does not end it.
                try put()
                try withDeterministicAlgorithms(false) { try put() }
                try withDeterministicAlgorithms {
                    try withDeterministicAlgorithms {}
                    #expect(throws: TorchError.self) { try put() }
                }
                try put()
            }
        }
    }
}
