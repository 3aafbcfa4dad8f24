import Testing
import Torch
import TorchNN
import TorchTestSupport

/// Losses and gradients of logits [4, 5] from the formula, as in `scripts/goldens/training.py`.
@TensorActor
@Suite("Losses against PyTorch") struct LossGoldenTests {
    private func expect(_ name: String, _ loss: (Tensor) throws -> Tensor) throws {
        let goldens = try Goldens.tensors("nn/losses.safetensors")
        let logits = try Formula.tensor([4, 5], scale: 4).requiresGradient(true)
        let value = try loss(logits)
        try expectClose(value, #require(goldens["\(name)/output"]), within: 2e-6, name)
        try value.sum().backward()
        try expectClose(
            #require(logits.gradient), #require(goldens["\(name)/gradient"]), within: 1e-6, "gradient of \(name)")
    }

    nonisolated static let reductions: [(name: String, reduction: Reduction)] = [
        ("mean", .mean), ("sum", .sum), ("none", .none),
    ]

    @Test("Negative log-likelihoods equal PyTorch's")
    func likelihood() throws {
        let labels = try Tensor([0, 1, 2, 3])
        for (name, reduction) in Self.reductions {
            try expect("likelihood-\(name)") { try nllLoss($0.logSoftmax(dim: 1), labels, reduction: reduction) }
        }
        let weights = try Formula.tensor([5], entry: -3, scale: 0.5) + 1
        try expect("likelihood-weights") { try nllLoss($0.logSoftmax(dim: 1), labels, classWeights: weights) }
        try expect("likelihood-ignored") { try nllLoss($0.logSoftmax(dim: 1), labels, ignoreIndex: 2) }
        try expect("likelihood-map") {
            try nllLoss($0.reshape([2, 5, 2, 1]).logSoftmax(dim: 1), labels.reshape([2, 2, 1]))
        }
        try expect("ignored") { try crossEntropy($0, labels, ignoreIndex: 2) }
    }

    @Test("Kullback-Leibler divergences equal PyTorch's")
    func divergence() throws {
        let targets = try Formula.tensor([4, 5], entry: -2, scale: 2).softmax(dim: 1)
        for (name, reduction) in Self.reductions + [(name: "batchmean", reduction: Reduction.batchMean)] {
            try expect("divergence-\(name)") { try klDivLoss($0.logSoftmax(dim: 1), targets, reduction: reduction) }
        }
        try expect("divergence-logarithms") {
            try klDivLoss($0.logSoftmax(dim: 1), targets.log(), areLogTargets: true, reduction: .batchMean)
        }
    }

    @Test("Mean squared, absolute and smooth errors equal PyTorch's")
    func differences() throws {
        let targets = try Formula.tensor([4, 5], entry: -2, scale: 4)
        for (name, reduction) in Self.reductions {
            try expect("mse-\(name)") { try mseLoss($0, targets, reduction: reduction) }
            try expect("l1-\(name)") { try l1Loss($0, targets, reduction: reduction) }
            try expect("smooth-l1-\(name)") { try smoothL1Loss($0, targets, beta: 1.5, reduction: reduction) }
        }
        try expect("smooth-l1-zero") { try smoothL1Loss($0, targets, beta: 0) }
    }

    @Test("The batch mean of every loss is the sum divided by the batch size")
    func batchMean() throws {
        let (predictions, targets) = (try Formula.tensor([4, 5]), try Formula.tensor([4, 5], entry: -2))
        let losses: [(Reduction) throws -> Tensor] = [
            { try mseLoss(predictions, targets, reduction: $0) },
            { try crossEntropy(predictions, Tensor([0, 1, 2, 3]), reduction: $0) },
            { try binaryCrossEntropyWithLogits(predictions, targets.abs(), reduction: $0) },
        ]
        for loss in losses { try expectClose(loss(.batchMean), loss(.sum) / 4, within: 1e-6) }
    }

    @Test("Integers may be targets")
    func integerTargets() throws {
        let predictions = try Tensor([Float(0.5), 3])
        try expectClose(mseLoss(predictions, Tensor([1, 1])), Tensor(Float(4.25 / 2)), within: 1e-6)
        try expectClose(l1Loss(predictions, Tensor([1, 1])), Tensor(Float(2.5 / 2)), within: 1e-6)
    }

    @Test("Binary cross-entropy equals PyTorch's")
    func binaryCrossEntropy() throws {
        let numbers = try Formula.tensor([4, 5], entry: -2)
        let yes = try numbers .> numbers.zerosLike()
        let weights = try Formula.tensor([5], entry: -3, scale: 0.5) + 1
        let positive = try Formula.tensor([5], entry: -4) + 2
        for (name, reduction) in Self.reductions {
            try expect("binary-\(name)") { try binaryCrossEntropyWithLogits($0, yes, reduction: reduction) }
        }
        try expect("binary-probable") { try binaryCrossEntropyWithLogits($0, numbers.abs()) }
        try expect("binary-positive") { try binaryCrossEntropyWithLogits($0, yes, positiveWeights: positive) }
        try expect("binary-weights") {
            try binaryCrossEntropyWithLogits(
                $0, numbers.abs(), weights: weights, positiveWeights: positive, reduction: .sum)
        }
    }

    @Test("Cross-entropy with soft targets equals PyTorch's")
    func softTargets() throws {
        let targets = try Formula.tensor([4, 5], entry: -2, scale: 2).softmax(dim: 1)
        let weights = try Formula.tensor([5], entry: -3, scale: 0.5) + 1
        for (name, reduction) in Self.reductions {
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

    @Test("Targets of another shape are an error", arguments: [[4], [5], [1, 5], [4, 1], [5, 4]])
    func shapes(_ shape: [Int]) throws {
        let (logits, targets) = (try Tensor.zeros([4, 5]), try Tensor.zeros(shape))
        let error = #expect(throws: TorchError.self) { try mseLoss(logits, targets) }
        #expect(try #require(error).description.contains("\(shape)"))
        #expect(throws: TorchError.self) { try l1Loss(logits, targets) }
        #expect(throws: TorchError.self) { try smoothL1Loss(logits, targets) }
        #expect(throws: TorchError.self) { try klDivLoss(logits, targets) }
        #expect(throws: TorchError.self) { try binaryCrossEntropyWithLogits(logits, targets) }
    }

    @Test("Weights, classes and options that do not fit are errors")
    func misfits() throws {
        let logits = try Tensor.zeros([4, 5])
        #expect(throws: TorchError.self) { try nllLoss(logits, Tensor([0, 1, 2, 5])) }
        #expect(throws: TorchError.self) { try nllLoss(logits, Tensor([0, 1])) }
        #expect(throws: TorchError.self) { try smoothL1Loss(logits, logits, beta: -1) }
        #expect(throws: TorchError.self) {
            try binaryCrossEntropyWithLogits(logits, Tensor.zeros([4, 5]), positiveWeights: Tensor.zeros([3]))
        }
    }
}
