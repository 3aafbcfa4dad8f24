import Testing
import Torch
import TorchNN

/// `torch.amp.GradScaler("cpu", growth_interval=2)` for the same seven steps of SGD.
@TensorActor
@Suite("Gradient scaler") struct GradientScalerTests {
    @Test("Scales and steps equal PyTorch's")
    func golden() throws {
        let parameter = try Tensor([1, 2] as [Float]).requiresGradient(true)
        let optimizer = SGD([parameter], learningRate: 0.1)
        var scaler = GradientScaler(interval: 2)
        var scales: [Double] = []
        var values: [Float] = []
        for slope: Float in [1, 1, .infinity, 1, .nan, 1, 1] {
            try optimizer.zeroGradients()
            try scaler.scaled((parameter * Tensor([slope, 3])).sum()).backward()
            if try scaler.unscale([parameter]) { try optimizer.step() }
            scales.append(scaler.memory.scale)
            values.append(try parameter.array()[0])
        }
        #expect(scales == [65536, 131072, 65536, 65536, 32768, 32768, 65536])
        let expected: [Float] = [0.9, 0.8, 0.8, 0.7, 0.7, 0.6, 0.5]
        #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(scaler.memory.soundSteps == 0)
    }

    @Test("Missing gradients count as finite")
    func noGradients() throws {
        var scaler = GradientScaler()
        #expect(try scaler.unscale([]) && scaler.memory.soundSteps == 1)
    }
}
