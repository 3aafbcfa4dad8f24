import Testing
import Torch
import TorchNN
import TorchTestSupport

/// Losses and gradients of logits [6, 5] from the formula, with labels i mod 5.
@TensorActor
@Suite("Cross-entropy") struct CrossEntropyTests {
    struct Options: Sendable {
        var hasWeights = false
        var labelSmoothing = 0.0
        var reduction = Reduction.mean
    }

    nonisolated static let cases: [(name: String, options: Options)] = [
        ("mean", Options()),
        ("sum", Options(reduction: .sum)),
        ("none", Options(reduction: .none)),
        ("smoothing", Options(labelSmoothing: 0.1)),
        ("weights", Options(hasWeights: true)),
        ("weights-smoothing", Options(hasWeights: true, labelSmoothing: 0.2)),
    ]

    @Test("Losses and gradients equal PyTorch's", arguments: cases)
    func golden(name: String, options: Options) throws {
        let goldens = try Goldens.tensors("nn/layers.safetensors")
        let logits = try Formula.tensor([6, 5], scale: 4).requiresGradient(true)
        let weights = options.hasWeights ? try Formula.tensor([5], entry: -3, scale: 0.5) + 1 : nil
        let loss = try crossEntropy(
            logits, Tensor((0..<6).map { $0 % 5 }), classWeights: weights, labelSmoothing: options.labelSmoothing,
            reduction: options.reduction)
        try expectClose(loss, #require(goldens["cross-entropy-\(name)/output"]), within: 1e-5)
        try loss.sum().backward()
        let golden = try #require(goldens["cross-entropy-\(name)/gradient.input"])
        try expectClose(#require(logits.gradient), golden, within: 1e-5)
    }

    @Test("One-hot probabilities as targets equal class indices")
    func probabilities() throws {
        let logits = try Formula.tensor([3, 4])
        let certain = try Tensor.eye(4)[0..<3]
        try expectClose(crossEntropy(logits, certain), crossEntropy(logits, Tensor([0, 1, 2])), within: 1e-6)
    }

    @Test("A class index out of range is an error")
    func classes() throws {
        #expect(throws: TorchError.self) { try crossEntropy(Tensor.zeros([2, 3]), Tensor([0, 3])) }
    }
}
