internal import Foundation
public import Torch

/// The ways to fill a new parameter, as `torch.nn.init` has them. They draw from LibTorch's generator in PyTorch's
/// order, so the same seed gives the same network.
public enum Initialization {
    /// Which side of a layer keeps its variance.
    public enum Fan: Sendable {
        /// Forward: the inputs of one output.
        case `in`
        /// Backward: the outputs of one input.
        case out
    }

    /// Uniform within ±gain √(3 / fanIn), gain = √(2 / (1 + slope²)), as `kaiming_uniform_`.
    ///
    /// K. He et al.: Delving Deep into Rectifiers, 2015, arXiv:1502.01852.
    public static func kaimingUniform(_ weight: Tensor, slope: Double = 0) throws {
        let gain = (2 / (1 + slope * slope)).squareRoot()
        let bound = 3.squareRoot() * (gain / Double(fanIn(of: weight)).squareRoot())
        try withoutGradient { try weight.fillUniform(from: -bound, to: bound) }
    }

    /// Normal with deviation √2 / √fan, as `kaiming_normal_` for ReLU.
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

    /// Normal around `mean`.
    public static func normal(_ weight: Tensor, mean: Double = 0, standardDeviation: Double) throws {
        try withoutGradient { try weight.fillNormal(mean: mean, standardDeviation: standardDeviation) }
    }

    /// One value everywhere.
    public static func constant(_ tensor: Tensor, _ value: Double) throws {
        try withoutGradient { try tensor.fill(value) }
    }

    /// A new bias, uniform within ±1/√fanIn, as PyTorch's linear and convolution layers have it.
    static func bias(_ count: Int, fanIn: Int) throws -> Tensor {
        let bound = fanIn > 0 ? 1 / Double(fanIn).squareRoot() : 0
        let bias = try Tensor.empty([count])
        try bias.fillUniform(from: -bound, to: bound)
        return bias
    }

    /// The inputs of one output: of `[out, in, h, w]`, in · h · w.
    static func fanIn(of weight: Tensor) -> Int { weight.shape.dropFirst().reduce(1, *) }

    /// The outputs of one input: of `[out, in, h, w]`, out · h · w.
    static func fanOut(of weight: Tensor) -> Int { weight.size(0) * weight.shape.dropFirst(2).reduce(1, *) }
}
