internal import Torch

/// A linear layer and a softmax on features: multinomial logistic regression with an L2 penalty, like scikit-learn's
/// `LogisticRegression`.
///
/// It minimizes the mean cross entropy plus |weight|² / (2 C n), with n rows; the bias is not penalized.
@TensorActor
struct LinearProbe {
    /// `[classes, D]`
    let weight: Tensor
    /// `[classes]`
    let bias: Tensor

    /// Trains a probe on some rows of `features`, `[N, D]`.
    ///
    /// - Parameters:
    ///   - labels: the class of every row of `features`.
    ///   - rows: the rows for training.
    ///   - strength: the inverse penalty, C in scikit-learn.
    ///   - previous: a probe of the same size that is probably close, to start from. The minimum is the same.
    init(
        features: Tensor, labels: [Int], rows: [Int], classes: Int, strength: Double, minimizer: LBFGS = .init(),
        startingFrom previous: LinearProbe? = nil
    ) async throws {
        let dimension = features.shape[1]
        let input = try features.indexSelect(dim: 0, index: Tensor(rows))
        let truth = try Tensor(rows.map { labels[$0] })
        let target = try (truth.unsqueeze(dim: 1) .== Tensor.arange(0, classes).unsqueeze(dim: 0)).to(features.dtype)
        let count = Double(rows.count)
        let penalty = 1 / (strength * count)
        let weights = classes * dimension
        var start = try Tensor.zeros([weights + classes], dtype: features.dtype)
        if let previous, previous.weight.shape == [classes, dimension] {
            start = try Tensor.cat([previous.weight.flatten(), previous.bias])
        }
        let found = try await minimizer.minimum(from: start) { point in
            let weight = try point.narrow(dim: 0, from: 0, length: weights).view([classes, dimension])
            let bias = try point.narrow(dim: 0, from: weights, length: classes)
            let logarithms = try (input.matmul(weight.transpose(0, 1)) + bias).logSoftmax(dim: 1)
            let loss = try -(logarithms * target).sum().item(as: Double.self) / count
            let error = try (logarithms.exp() - target) / count
            let slope = try error.transpose(0, 1).matmul(input) + weight * penalty
            return (
                loss + penalty / 2 * (try (weight * weight).sum().item(as: Double.self)),
                try Tensor.cat([slope.flatten(), error.sum(dim: 0)])
            )
        }
        weight = try found.narrow(dim: 0, from: 0, length: weights).view([classes, dimension])
        bias = try found.narrow(dim: 0, from: weights, length: classes)
    }

    /// Returns the probabilities of the classes, `[N, classes]`, for features `[N, D]`.
    func probabilities(_ features: Tensor) throws -> Tensor {
        try (features.matmul(weight.transpose(0, 1)) + bias).softmax(dim: 1)
    }
}

/// Minimizes a smooth function with the limited-memory BFGS method (Nocedal and Wright, "Numerical Optimization", 2006,
/// algorithm 7.4). Steps are halved until the function decreases sufficiently.
@TensorActor
struct LBFGS {
    /// The number of past steps that are used.
    private static let history = 10
    /// The required fraction of the decrease that the slope predicts (Armijo's rule).
    private static let sufficientDecrease = 1e-4
    private static let maximumHalvings = 30

    /// The method ends if all elements of the gradient are at most this large.
    var tolerance = 1e-4
    /// The largest number of steps.
    var maximumSteps = 200

    /// Returns the minimum of a function. Other work on the thread runs in between if it takes long.
    ///
    /// - Parameters:
    ///   - start: the initial point, `[P]`.
    ///   - function: returns the value and the gradient at a point.
    func minimum(
        from start: Tensor, of function: (Tensor) throws -> (value: Double, gradient: Tensor)
    ) async throws -> Tensor {
        var turn = TensorTurn()
        var point = start
        var (value, gradient) = try function(point)
        var past: [(step: Tensor, change: Tensor, curvature: Double)] = []
        for _ in 0..<maximumSteps {
            try Task.checkCancellation()
            await turn.yieldIfLong()
            if try gradient.abs().max().item(as: Double.self) <= tolerance { break }
            var direction = try Self.direction(gradient, past)
            var slope = try Self.dot(gradient, direction)
            if slope >= 0 {
                past = []
                direction = try -gradient
                slope = try Self.dot(gradient, direction)
            }
            // The first step has no known scale.
            var length = past.isEmpty ? min(1, 1 / (-slope).squareRoot()) : 1
            var next = try point + direction * length
            var found = try function(next)
            var halvings = 0
            while !(found.value <= value + Self.sufficientDecrease * length * slope), halvings < Self.maximumHalvings {
                length /= 2
                halvings += 1
                next = try point + direction * length
                found = try function(next)
            }
            // The precision of the numbers allows no further decrease.
            guard found.value < value else { break }
            let (step, change) = (try next - point, try found.gradient - gradient)
            let curvature = try Self.dot(step, change)
            if curvature > 1e-10 * (try Self.dot(change, change)) {
                past.append((step, change, curvature))
                if past.count > Self.history { past.removeFirst() }
            }
            (point, value, gradient) = (next, found.value, found.gradient)
        }
        return point
    }

    /// Returns the descent direction, corrected by the curvature of past steps.
    private static func direction(
        _ gradient: Tensor, _ past: [(step: Tensor, change: Tensor, curvature: Double)]
    ) throws -> Tensor {
        var direction = try -gradient
        var coefficients: [Double] = []
        for (step, change, curvature) in past.reversed() {
            let coefficient = try dot(step, direction) / curvature
            coefficients.append(coefficient)
            direction = try direction - change * coefficient
        }
        if let last = past.last { direction = try direction * (last.curvature / dot(last.change, last.change)) }
        for ((step, change, curvature), coefficient) in zip(past, coefficients.reversed()) {
            direction = try direction + step * (coefficient - dot(change, direction) / curvature)
        }
        return direction
    }

    private static func dot(_ left: Tensor, _ right: Tensor) throws -> Double {
        try (left * right).sum().item(as: Double.self)
    }
}
