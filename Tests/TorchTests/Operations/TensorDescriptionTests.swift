import TestSupport
import Testing
import Torch
import TorchTestSupport

/// Tensors are printed as in PyTorch, with attributes after the elements.
@TensorActor
@Suite("Descriptions of tensors") struct TensorDescriptionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable () throws -> Tensor

        init(_ name: String, _ make: @escaping @Sendable () throws -> Tensor) {
            (testDescription, self.make) = (name, make)
        }
    }

    nonisolated static let cases: [Case] = [
        Case("matrix") { try Formula.tensor([3, 4]) }, Case("integers") { try Tensor([3, 1, 2, 0, 2, 1]) },
        Case("booleans") { try Formula.tensor([3, 4]) .> 0 }, Case("scalar") { try Tensor(2.5) },
        Case("integer") { try Tensor(-7) }, Case("whole") { try Tensor([1.0, -2, 30]) },
        Case("large-range") { try Tensor([0.0001, 1, 5000]) },
        Case("rank-3") { try Tensor.arange(24).reshape([2, 3, 4]) },
        Case("rank-4") { try Formula.tensor([1, 2, 3, 4], entry: -4) }, Case("empty") { try Tensor.zeros([0]) },
        Case("long") { try Tensor.arange(2000, dtype: .float32) },
        Case("wide") { try Tensor.arange(40, dtype: .float32) / 7 },
        Case("shortened") { try Tensor.arange(20000).reshape([2, 100, 100]) },
        Case("tall") { try (Tensor.arange(3000, dtype: .float32) / 8).reshape([1500, 2]) },
        Case("half") { try Formula.tensor([3, 4]).to(.float16) },
        Case("not-a-number") { try Tensor([0.5, .nan, .infinity] as [Float]) },
    ]

    @Test("The elements look as in PyTorch", arguments: cases)
    func elements(_ example: Case) throws {
        let golden = try #require(
            Goldens.json("torch/printed.json", as: [String: String].self)[example.testDescription])
        let text = try example.make().description
        #expect(text.hasPrefix("tensor(\(golden),"), "\(text)")
    }

    @Test("Shape, element type and device follow the elements")
    func attributes() throws {
        #expect(try Tensor([1, 2]).description == "tensor([1, 2], shape: [2], dtype: int64, device: cpu)")
        #expect(
            try Tensor([[0.5, 1], [2, 3]], dtype: .float32).description == """
                tensor([[0.5000, 1.0000],
                        [2.0000, 3.0000]], shape: [2, 2], dtype: float32, device: cpu)
                """)
        #expect(
            try Tensor.arange(100, 117).description == """
                tensor([100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113,
                        114, 115, 116], shape: [17], dtype: int64, device: cpu)
                """)
        #expect(
            try Tensor.zeros([2, 3], device: .meta).description
                == "tensor(..., shape: [2, 3], dtype: float32, device: meta)")
    }

    @Test("Printing is not part of a recorded computation")
    func printingIsNotRecorded() throws {
        let x = try Tensor([1, 2] as [Float]).requiresGradient(true)
        var calls = 0
        withOperatorObserver({ _ in calls += 1 }) {
            #expect(x.description.hasPrefix("tensor([1., 2.], "))
        }
        #expect(calls == 0)
    }
}
