internal import Torch

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
