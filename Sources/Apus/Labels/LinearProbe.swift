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
        let dimension = features.shape[1]
        let input = try features.indexSelect(dim: 0, index: Tensor(rows))
        let truth = try Tensor(rows.map { labels[$0] })
        let target = try (truth.unsqueeze(dim: 1) .== Tensor.arange(0, classes).unsqueeze(dim: 0)).to(features.dtype)
        let count = Double(rows.count)
        let penalty = 1 / (strength * count)
        let weights = classes * dimension
        let start = try Tensor.zeros([weights + classes], dtype: features.dtype)
        let found = try minimiser.minimum(from: start) { point in
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

    /// The probabilities of the classes, `[N, classes]`, of features `[N, D]`.
    func probabilities(_ features: Tensor) throws -> Tensor {
        try (features.matmul(weight.transpose(0, 1)) + bias).softmax(dim: 1)
    }
}

/// Minimises a smooth function by the limited-memory BFGS method (Nocedal and Wright, "Numerical Optimization", 2006,
/// algorithm 7.4), with steps that are halved until the function falls enough.
@TensorActor
struct LBFGS {
    /// How many past steps shape the next.
    private static let history = 10
    /// The share of the fall that the slope promises which a step must bring (Armijo's rule).
    private static let leastFall = 1e-4
    private static let largestHalvings = 30

    /// It ends when no entry of the gradient is larger.
    var tolerance = 1e-4
    /// It ends after so many steps.
    var maximumSteps = 200

    /// Where the function is least, from a vector `[P]` on.
    ///
    /// - Parameter function: the value at a point, and the gradient there.
    func minimum(
        from start: Tensor, of function: (Tensor) throws -> (value: Double, gradient: Tensor)
    ) throws -> Tensor {
        var point = start
        var (value, gradient) = try function(point)
        var past: [(step: Tensor, change: Tensor, curvature: Double)] = []
        for _ in 0..<maximumSteps {
            try Task.checkCancellation()
            if try gradient.abs().max().item(as: Double.self) <= tolerance { break }
            var direction = try Self.direction(gradient, past)
            var slope = try Self.dot(gradient, direction)
            if slope >= 0 {
                past = []
                direction = try -gradient
                slope = try Self.dot(gradient, direction)
            }
            // Nothing is known yet of how far a step should go.
            var length = past.isEmpty ? min(1, 1 / (-slope).squareRoot()) : 1
            var next = try point + direction * length
            var found = try function(next)
            var halvings = 0
            while !(found.value <= value + Self.leastFall * length * slope), halvings < Self.largestHalvings {
                length /= 2
                halvings += 1
                next = try point + direction * length
                found = try function(next)
            }
            // No fall is left that these numbers could show.
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

    /// The way downhill, bent by what past steps told of the curvature.
    private static func direction(
        _ gradient: Tensor, _ past: [(step: Tensor, change: Tensor, curvature: Double)]
    ) throws -> Tensor {
        var direction = try -gradient
        var shares: [Double] = []
        for (step, change, curvature) in past.reversed() {
            let share = try dot(step, direction) / curvature
            shares.append(share)
            direction = try direction - change * share
        }
        if let last = past.last { direction = try direction * (last.curvature / dot(last.change, last.change)) }
        for ((step, change, curvature), share) in zip(past, shares.reversed()) {
            direction = try direction + step * (share - dot(change, direction) / curvature)
        }
        return direction
    }

    private static func dot(_ left: Tensor, _ right: Tensor) throws -> Double {
        try (left * right).sum().item(as: Double.self)
    }
}
