import TestSupport
import Testing
import Torch

/// Shared and copied memory of subscripts, assignments and in-place operators.
@TensorActor
@Suite("Subscripts, in-place operators and literals") struct TensorPlaceTests {
    @Test("A subscript without tensors is a view")
    func subscriptsAreViews() throws {
        let x = try Tensor.zeros([2, 3])
        try x[0, 1...] += 5
        try x[.ellipsis, -1] *= 2
        #expect(try x.array(as: Int.self) == [0, 5, 10, 0, 0, 0])
        #expect(try x[.all, ..<2].storage == x.storage)
        #expect(try x[x .> 0].storage != x.storage)
    }

    @Test("In-place operators keep type and memory")
    func inPlaceOperatorsKeepTypeAndMemory() throws {
        let x = try Tensor([1, 2, 3])
        let storage = x.storage
        try x += 1
        try x -= Tensor([1, 1, 1])
        try x *= 4
        #expect(x.storage == storage && x.dtype == .int64)
        #expect(try x.array(as: Int.self) == [4, 8, 12])
        #expect(throws: TorchError.self) { try x /= 2 }
    }

    @Test("Assigned values are broadcast and converted")
    func assignedValuesAreConverted() throws {
        let x = try Tensor.zeros([2, 3], dtype: .int32)
        try x.set(.all, 1, to: Tensor([1.9, -2.9]))
        try x.set(Tensor([true, false]), 2, to: Tensor(7.0))
        try x.set(1, 0, to: 4.0)
        #expect(try x.array(as: Int.self) == [0, 1, 7, 4, -2, 0])
        #expect(x.dtype == .int32)
    }

    @Test("An integer with integers gives integers, a floating-point number float32")
    func literalTypes() throws {
        let (n, x) = (try Tensor([1, 2]), try Tensor([1, 2] as [Double]))
        #expect(try (n + 1).dtype == .int64)
        #expect(try (n + 1.0).dtype == .float32)
        #expect(try (n / 1).dtype == .float32)
        #expect(try (x + 1).dtype == .float64)
        #expect(try (n * Int(1) << 40).array(as: Int.self) == [1 << 40, 2 << 40])
    }

    @Test("An observer sees the same call for 2 and 2.0 with floating-point tensors")
    func observedNumbers() throws {
        var seen: [String] = []
        let x = try Tensor([1] as [Float])
        try withOperatorObserver({ seen.append($0.arguments[1].description) }) { _ = try (x * 2, x * 2.0) }
        #expect(seen == ["2.0", "2.0"])
    }

    @Test("Tensors are compared as a whole")
    func equality() throws {
        let (x, y) = (try Tensor([1, .nan] as [Float]), try Tensor([1.000001, .nan] as [Float]))
        #expect(try !x.allclose(y))
        #expect(try x.allclose(y, equalNaN: true))
        #expect(try x[0].isEqual(to: x[0].clone()))
        #expect(try !x[0].isEqual(to: y[0]))
    }

    @Test("A literal takes the given element type")
    func typedLiterals() throws {
        #expect(try Tensor([0.5, 1], dtype: .float32).dtype == .float32)
        #expect(try Tensor([[1, 2], [3, 4]], dtype: .uint8).dtype == .uint8)
        #expect(try Tensor(0.5, dtype: .float16).shape == [])
        #expect(
            try Tensor([1, 2, 3, 4], shape: [2, 2], dtype: .bool).array(as: Bool.self) == [true, true, true, true])
    }
}
