import TorchNN

/// Two convolutions with pooling and a linear layer: `[N, 3, 28, 28]` to `[N, 10]`.
final class DigitNetwork: Module {
    let features: Sequential
    let output: Linear

    init() throws {
        features = Sequential(
            try Conv2d(3, 16, kernelSize: 3, padding: 1), ReLU(), MaxPool2d(2),
            try Conv2d(16, 32, kernelSize: 3, padding: 1), ReLU(), MaxPool2d(2), Flatten())
        output = try Linear(32 * 7 * 7, 10)
    }

    func forward(_ input: Tensor) throws -> Tensor {
        try output(features(input))
    }
}

/// The focal loss: the cross entropy with less weight on images that are already correct.
///
/// T.-Y. Lin et al.: Focal Loss for Dense Object Detection, 2017, arXiv:1708.02002.
func focalLoss(_ logits: Tensor, _ targets: Tensor, gamma: Double = 2) throws -> Tensor {
    let loss = try crossEntropy(logits, targets, reduction: .none)
    let error = try 1 - (-loss).exp()
    return try (error.pow(gamma) * loss).mean()
}

/// The mean of the recalls of all classes.
struct MeanRecall {
    private let correct: Tensor
    private let total: Tensor

    init(classCount: Int) throws {
        correct = try Tensor.zeros([classCount], dtype: .int64)
        total = try Tensor.zeros([classCount], dtype: .int64)
    }

    /// Adds the predicted and the true classes of a batch, `[N]` each.
    func add(_ predictions: Tensor, _ targets: Tensor) throws {
        let hits = try targets.maskedSelect(predictions .== targets)
        try correct += hits.bincount(minLength: correct.count)
        try total += targets.bincount(minLength: total.count)
    }

    var value: Double {
        get throws { try (correct.to(.float64) / total.to(.float64)).mean().item() }
    }
}
