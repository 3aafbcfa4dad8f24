import TestSupport
import Testing
import Torch
import TorchNN

/// Losses and gradients of logits [4, 5] by the formula, as `scripts/goldens_training.py` has them.
@TensorActor
@Suite struct LossGoldenTests {
    private func expect(_ name: String, _ loss: (Tensor) throws -> Tensor) throws {
        let goldens = try Goldens.tensors("nn/losses.safetensors")
        let logits = try Formula.tensor([4, 5], scale: 4).requiresGradient(true)
        let value = try loss(logits)
        try expectClose(value, #require(goldens["\(name)/output"]), within: 2e-6, name)
        try value.sum().backward()
        try expectClose(
            #require(logits.gradient), #require(goldens["\(name)/gradient"]), within: 1e-6, "gradient of \(name)")
    }

    @Test func binaryCrossEntropyIsPyTorchs() throws {
        let numbers = try Formula.tensor([4, 5], entry: -2)
        let yes = try numbers .> numbers.zerosLike()
        let weights = try Formula.tensor([5], entry: -3, scale: 0.5) + 1
        let positive = try Formula.tensor([5], entry: -4) + 2
        for (name, reduction) in [("mean", Reduction.mean), ("sum", .sum), ("none", .none)] {
            try expect("binary-\(name)") { try binaryCrossEntropyWithLogits($0, yes, reduction: reduction) }
        }
        try expect("binary-probable") { try binaryCrossEntropyWithLogits($0, numbers.abs()) }
        try expect("binary-positive") { try binaryCrossEntropyWithLogits($0, yes, positiveWeights: positive) }
        try expect("binary-weights") {
            try binaryCrossEntropyWithLogits(
                $0, numbers.abs(), weights: weights, positiveWeights: positive, reduction: .sum)
        }
    }

    @Test func softTargetsArePyTorchs() throws {
        let targets = try Formula.tensor([4, 5], entry: -2, scale: 2).softmax(1)
        let weights = try Formula.tensor([5], entry: -3, scale: 0.5) + 1
        for (name, reduction) in [("mean", Reduction.mean), ("sum", .sum), ("none", .none)] {
            for smoothing in [0, 0.1] {
                for isWeighted in [false, true] {
                    try expect("soft-\(name)-\(smoothing)-\(isWeighted ? "weighted" : "plain")") {
                        try crossEntropy(
                            $0, targets, classWeights: isWeighted ? weights : nil, labelSmoothing: smoothing,
                            reduction: reduction)
                    }
                }
            }
        }
    }

    @Test func targetsOfAnotherShapeAreAnError() throws {
        let logits = try Tensor.zeros([4, 5])
        for shape in [[4], [5], [1, 5], [4, 1], [5, 4]] {
            #expect(throws: TorchError.self) { try binaryCrossEntropyWithLogits(logits, Tensor.zeros(shape)) }
        }
        #expect(throws: TorchError.self) {
            try binaryCrossEntropyWithLogits(logits, Tensor.zeros([4, 5]), positiveWeights: Tensor.zeros([3]))
        }
    }
}
