internal import Foundation
public import Torch

/// Initializers of new parameters, as in `torch.nn.init`. They draw from LibTorch's generator in PyTorch's order, so
/// the same seed gives the same network.
public enum Initialization {
    /// The direction in which a layer preserves the variance.
    public enum Fan: Sendable {
        /// The forward direction: the inputs of one output.
        case `in`
        /// The backward direction: the outputs of one input.
        case out
    }

    /// Uniform within ±gain √(3 / fanIn), where gain = √(2 / (1 + slope²)), as `kaiming_uniform_`.
    ///
    /// K. He et al.: Delving Deep into Rectifiers, 2015, arXiv:1502.01852.
    public static func kaimingUniform(_ weight: Tensor, slope: Double = 0) throws {
        let gain = (2 / (1 + slope * slope)).squareRoot()
        let bound = 3.squareRoot() * (gain / Double(fanIn(of: weight)).squareRoot())
        try withoutGradient { try weight.fillUniform(from: -bound, to: bound) }
    }

    /// Normal with standard deviation √2 / √fan, as `kaiming_normal_` for ReLU.
    ///
    /// K. He et al.: Delving Deep into Rectifiers, 2015, arXiv:1502.01852.
    public static func kaimingNormal(_ weight: Tensor, fan: Fan = .in) throws {
        let count = fan == .in ? fanIn(of: weight) : fanOut(of: weight)
        try normal(weight, standardDeviation: 2.squareRoot() / Double(count).squareRoot())
    }

    /// Uniform within ±gain √(6 / (fanIn + fanOut)), as `xavier_uniform_`.
    ///
    /// X. Glorot, Y. Bengio: Understanding the difficulty of training deep feedforward neural networks, 2010.
    public static func xavierUniform(_ weight: Tensor, gain: Double = 1) throws {
        let deviation = gain * (2 / Double(fanIn(of: weight) + fanOut(of: weight))).squareRoot()
        let bound = 3.squareRoot() * deviation
        try withoutGradient { try weight.fillUniform(from: -bound, to: bound) }
    }

    /// Normal with the given mean and standard deviation.
    public static func normal(_ weight: Tensor, mean: Double = 0, standardDeviation: Double) throws {
        try withoutGradient { try weight.fillNormal(mean: mean, standardDeviation: standardDeviation) }
    }

    /// A constant.
    public static func constant(_ tensor: Tensor, _ value: Double) throws {
        try withoutGradient { try tensor.fill(value) }
    }

    /// Creates a bias, uniform within ±1/√fanIn, as PyTorch's linear and convolution layers do.
    static func bias(_ count: Int, fanIn: Int) throws -> Tensor {
        let bound = fanIn > 0 ? 1 / Double(fanIn).squareRoot() : 0
        let bias = try Tensor.empty([count])
        try bias.fillUniform(from: -bound, to: bound)
        return bias
    }

    /// The number of inputs of one output: for `[out, in, h, w]`, in · h · w.
    static func fanIn(of weight: Tensor) -> Int { weight.shape.dropFirst().reduce(1, *) }

    /// The number of outputs of one input: for `[out, in, h, w]`, out · h · w.
    static func fanOut(of weight: Tensor) -> Int { weight.shape[0] * weight.shape.dropFirst(2).reduce(1, *) }
}

extension Initialization {
    /// Normal around `mean`, truncated to `low` through `high`, as `trunc_normal_`.
    ///
    /// As in PyTorch, if at least 30 % of a normal sample falls within the bounds, values outside are drawn again.
    /// Otherwise values are drawn uniformly between the bounds and accepted by rejection sampling.
    ///
    /// - Precondition: `low` is less than `high`.
    public static func truncatedNormal(
        _ weight: Tensor, mean: Double = 0, standardDeviation: Double = 1, from low: Double = -2, to high: Double = 2
    ) throws {
        precondition(low < high, "the bounds \(low) and \(high) are not in ascending order")
        func fraction(below bound: Double) -> Double {
            (1 + erf((bound - mean) / standardDeviation / 2.squareRoot())) / 2
        }
        // Meta tensors have no values to draw again.
        guard weight.device.kind != .meta else { return }
        try withoutGradient {
            let values =
                fraction(below: high) - fraction(below: low) > 0.3
                ? try normalWithin(weight, mean, standardDeviation, low, high)
                : try uniformAccepted(weight, mean, standardDeviation, low, high)
            if values.identity != weight.identity { try weight.copy(from: values) }
        }
    }

    /// Draws all elements again until none is out of bounds, and keeps those that were within bounds already.
    private static func normalWithin(
        _ weight: Tensor, _ mean: Double, _ deviation: Double, _ low: Double, _ high: Double
    ) throws -> Tensor {
        // The bounds in the tensor's own type, as PyTorch compares them.
        let (low, high) = (try bound(low, of: weight), try bound(high, of: weight))
        try weight.fillNormal(mean: mean, standardDeviation: deviation)
        var values = weight
        while true {
            let isOutside = try (values .< low).logicalOr(values .> high)
            guard try isOutside.any().item(as: Bool.self) else { return values }
            let fresh = try Tensor.empty(weight.shape, dtype: weight.dtype, device: weight.device)
            try fresh.fillNormal(mean: mean, standardDeviation: deviation)
            values = try Tensor.where(isOutside, fresh, values)
        }
    }

    /// Draws uniformly and accepts with the density relative to its maximum within the bounds.
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
            values = try Tensor.where(isPending, fresh, values)
            isPending = try Tensor.where(isPending, isRefused(fresh), isPending)
        }
        return values
    }

    private static func bound(_ value: Double, of weight: Tensor) throws -> Double {
        try Tensor.full([], value, dtype: weight.dtype).to(.float64).item()
    }
}
