internal import Torch

/// A linear layer and a softmax on features: multinomial logistic regression, as scikit-learn's `LogisticRegression`
/// with its L2 penalty.
///
/// It minimises the mean cross entropy plus |weight|² / (2 C n), with n rows; the bias is not penalised.
@TensorActor
struct LinearProbe {
    /// `[classes, D]`
    let weight: Tensor
    /// `[classes]`
    let bias: Tensor

    /// Learns from the rows of `features`, `[N, D]`, that `rows` names.
    ///
    /// - Parameters:
    ///   - labels: the class of every row, used or not.
    ///   - strength: C, the inverse of the penalty.
    init(
        features: Tensor, labels: [Int], rows: [Int], classes: Int, strength: Double, minimiser: LBFGS = .init()
    ) throws {
        let dimension = features.size(1)
        let input = try features.indexSelect(0, Tensor(rows))
        let truth = try Tensor(rows.map { labels[$0] })
        let target = try (truth.unsqueeze(1) .== Tensor.arange(0, classes).unsqueeze(0)).to(features.dtype)
        let count = Double(rows.count)
        let penalty = 1 / (strength * count)
        let weights = classes * dimension
        let start = try Tensor.zeros([weights + classes], dtype: features.dtype)
        let found = try minimiser.minimum(from: start) { point in
            let weight = try point.narrow(0, from: 0, length: weights).view([classes, dimension])
            let bias = try point.narrow(0, from: weights, length: classes)
            let logarithms = try (input.matmul(weight.transpose(0, 1)) + bias).logSoftmax(1)
            let loss = try -(logarithms * target).sum().item(as: Double.self) / count
            let error = try (logarithms.exp() - target) / count
            let slope = try error.transpose(0, 1).matmul(input) + weight * penalty
            return (
                loss + penalty / 2 * (try (weight * weight).sum().item(as: Double.self)),
                try Tensor.cat([slope.flatten(), error.sum([0])])
            )
        }
        weight = try found.narrow(0, from: 0, length: weights).view([classes, dimension])
        bias = try found.narrow(0, from: weights, length: classes)
    }

    /// The probabilities of the classes, `[N, classes]`, of features `[N, D]`.
    func probabilities(_ features: Tensor) throws -> Tensor {
        try (features.matmul(weight.transpose(0, 1)) + bias).softmax(1)
    }
}
