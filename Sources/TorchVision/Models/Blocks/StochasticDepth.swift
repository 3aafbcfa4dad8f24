internal import Torch
internal import TorchNN

extension Operator {
    static let bernoulliInPlace = Operator("aten::bernoulli_.float")
}

/// Drops the whole of some pictures at random while training, and scales the others by 1 / (1 - p), as
/// `torchvision.ops.StochasticDepth` does by rows. It stands in the branch of a residual block, which a dropped picture
/// then goes around.
///
/// G. Huang et al.: Deep Networks with Stochastic Depth, 2016, arXiv:1603.09382.
final class StochasticDepth: FreezableModule {
    /// The probability that a picture is dropped.
    let probability: Double
    /// Whether pictures are dropped.
    var isTraining = true
    /// Whether the layer drops nothing in training either.
    var isFrozen = false

    /// Makes the layer.
    init(_ probability: Double) { self.probability = probability }

    /// `[N, …]` to the same shape.
    func forward(_ input: Tensor) throws -> Tensor {
        guard isTraining, probability > 0 else { return input }
        let survival = 1 - probability
        let noise = try Tensor.empty(
            [input.size(0)] + input.shape.dropFirst().map { _ in 1 }, dtype: input.dtype, device: input.device)
        try Operator.bernoulliInPlace.run(noise, survival)
        if survival > 0 { try noise.divide(inPlace: survival) }
        return try input * noise
    }
}
