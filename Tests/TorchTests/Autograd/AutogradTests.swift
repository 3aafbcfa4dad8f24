import TestSupport
import Testing
import Torch

@Suite("Autograd") struct AutogradTests {
    private func leaf(_ values: [Float]) throws -> Tensor { try Tensor(values).requiresGradient(true) }

    @Test("Gradients equal the derivative") func formula() throws {
        let x = try leaf([1, 2, 3])
        try (x * x * x).sum().backward()
        let gradient = try #require(x.gradient)
        #expect(try gradient.array(as: Float.self) == [3, 12, 27])
    }

    @Test("Gradients add up until they are cleared") func accumulation() throws {
        let x = try leaf([2])
        try (x * 3).sum().backward()
        try (x * 4).sum().backward()
        #expect(try x.gradient?.item(as: Float.self) == 7)
        try x.setGradient(nil)
        #expect(x.gradient == nil)
    }

    @Test("Gradients of selected inputs do not change the others") func selectedInputs() throws {
        let (x, y, unused) = (try leaf([3]), try leaf([5]), try leaf([1]))
        let gradients = try (x * y).sum().gradients(withRespectTo: [y, unused])
        #expect(try gradients[0]?.item(as: Float.self) == 3)
        #expect(gradients[1] == nil)
        #expect(x.gradient == nil && y.gradient == nil)
    }

    @Test("A second derivative is available") func secondDerivative() throws {
        let x = try leaf([2])
        let first = try x.pow(3).sum().gradients(withRespectTo: [x], createGraph: true)
        let second = try #require(first[0]).sum().gradients(withRespectTo: [x])
        #expect(try second[0]?.item(as: Float.self) == 12)
    }

    @Test("Recording stops and resumes") func recording() throws {
        let x = try leaf([1])
        let plain = try withoutGradient { try x * 2 }
        #expect(!plain.requiresGradient)
        let recorded = try withoutGradient { try withGradient { try x * 2 } }
        #expect(recorded.requiresGradient)
        #expect(try !(x.detach() * 2).requiresGradient)
        #expect(throws: TorchError.self) { try plain.backward() }
        struct Stop: Error {}
        #expect(throws: Stop.self) { try withoutGradient { throw Stop() } }
        #expect(isGradientEnabled)
    }

    @Test("Tensors of inference mode cannot be recorded") func inferenceMode() throws {
        let x = try leaf([1])
        let product = try withInferenceMode { try x * 2 }
        #expect(!product.requiresGradient)
        #expect(throws: TorchError.self) { try (x * product).sum().backward() }
        #expect(try (x * 2).requiresGradient)
    }

    @Test("Autocast computes products in bfloat16 until its end") func autocast() throws {
        let (a, b) = (try Tensor.ones([2, 2]), try Tensor.ones([2, 2]))
        let inside = try withAutocast(.bfloat16) { try a.matmul(b) }
        #expect(inside.dtype == .bfloat16)
        #expect(try a.matmul(b).dtype == .float32)
        #expect(try withAutocast(.bfloat16, enabled: false) { try a.matmul(b) }.dtype == .float32)
    }

    @Test("Assigned data keep the tensor's identity and its requiresGradient") func assignedData() throws {
        let x = try leaf([1, 2])
        try x.setData(Tensor([5, 6, 7] as [Float]))
        #expect(x.shape == [3])
        #expect(x.requiresGradient)
        #expect(throws: TorchError.self) { try Tensor([1, 2]).requiresGradient(true) }
    }
}
