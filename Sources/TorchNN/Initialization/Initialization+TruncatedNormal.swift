internal import Foundation
public import Torch

extension Initialization {
    /// Normal around `mean`, what falls outside of `low` to `high` drawn again, as `trunc_normal_`.
    ///
    /// As in PyTorch, numbers are drawn from the normal distribution where three in ten or more fall within the bounds,
    /// else evenly between the bounds and kept with the probability that the normal distribution gives them.
    ///
    /// - Precondition: `low` is less than `high`.
    public static func truncatedNormal(
        _ weight: Tensor, mean: Double = 0, standardDeviation: Double = 1, from low: Double = -2, to high: Double = 2
    ) throws {
        precondition(low < high, "the bounds \(low) and \(high) leave nothing between them")
        func share(below bound: Double) -> Double { (1 + erf((bound - mean) / standardDeviation / 2.squareRoot())) / 2 }
        // Without memory there is nothing to draw again.
        guard weight.device.kind != .meta else { return }
        try withoutGradient {
            let values =
                share(below: high) - share(below: low) > 0.3
                ? try normalWithin(weight, mean, standardDeviation, low, high)
                : try uniformAccepted(weight, mean, standardDeviation, low, high)
            if values.identity != weight.identity { try weight.copy(from: values) }
        }
    }

    /// Draws all elements anew until none is outside, and keeps those that were inside already.
    private static func normalWithin(
        _ weight: Tensor, _ mean: Double, _ deviation: Double, _ low: Double, _ high: Double
    ) throws -> Tensor {
        // The bounds as the tensor's own type has them, as PyTorch compares.
        let (low, high) = (try bound(low, of: weight), try bound(high, of: weight))
        try weight.fillNormal(mean: mean, standardDeviation: deviation)
        var values = weight
        while true {
            let isOutside = try (values .< low).logicalOr(values .> high)
            guard try isOutside.any().item(as: Bool.self) else { return values }
            let fresh = try Tensor.empty(weight.shape, dtype: weight.dtype, device: weight.device)
            try fresh.fillNormal(mean: mean, standardDeviation: deviation)
            values = try Tensor.choose(where: isOutside, fresh, values)
        }
    }

    /// Draws evenly, and accepts by the height of the curve there against its height at the peak within the bounds.
    private static func uniformAccepted(
        _ weight: Tensor, _ mean: Double, _ deviation: Double, _ low: Double, _ high: Double
    ) throws -> Tensor {
        let peak = max(low, min(mean, high))
        let logPeak = -0.5 * ((peak - mean) / deviation) * ((peak - mean) / deviation)
        let chance = try Tensor.empty(weight.shape, dtype: weight.dtype, device: weight.device)
        func isRefused(_ candidates: Tensor) throws -> Tensor {
            let heights = try ((candidates - mean) / deviation).pow(2) * -0.5 - logPeak
            try chance.fillUniform(from: 0, to: 1)
            return try chance.log() .> heights
        }
        try weight.fillUniform(from: low, to: high)
        var values = weight
        var isPending = try isRefused(weight)
        while try isPending.any().item(as: Bool.self) {
            let fresh = try Tensor.empty(weight.shape, dtype: weight.dtype, device: weight.device)
            try fresh.fillUniform(from: low, to: high)
            values = try Tensor.choose(where: isPending, fresh, values)
            isPending = try Tensor.choose(where: isPending, isRefused(fresh), isPending)
        }
        return values
    }

    private static func bound(_ value: Double, of weight: Tensor) throws -> Double {
        try Tensor.full([], value, dtype: weight.dtype).to(.float64).item()
    }
}
