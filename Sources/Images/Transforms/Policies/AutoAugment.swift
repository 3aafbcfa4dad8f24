/// Pairs of operations that were found by search: torchvision's `AutoAugment`, after Cubuk et al., "AutoAugment:
/// Learning Augmentation Policies from Data" (arXiv:1805.09501).
public struct AutoAugment: ImageTransform, Hashable {
    /// The data that the pairs were found on.
    public let policy: AutoAugmentPolicy

    /// How a place between pixels gets its color.
    public let sampling: Sampling

    /// The color of what comes in from beyond the edges.
    public let fill: RGBColor

    /// The pairs of a policy.
    public init(_ policy: AutoAugmentPolicy = .imageNet, sampling: Sampling = .nearest, fill: RGBColor = .black) {
        self.policy = policy
        self.sampling = sampling
        self.fill = fill
    }

    /// Draws a pair, each with the same chance, whether each of its two operations comes, and their signs.
    public func parameters(
        width: Int, height: Int, using random: inout CountedRandom
    ) -> [AugmentationOperation] {
        let pairs = policy.pairs
        let pair = pairs[random.uniform(below: pairs.count)]
        let chances = pair.map { _ in random.uniform() }
        let areNegative = pair.map { _ in random.coin() }
        let space = Self.space(width: width, height: height)
        return pair.indices.compactMap { index in
            let step = pair[index]
            guard chances[index] <= step.probability, let choice = space[step.kind] else { return nil }
            return space.operation(choice, level: step.level, isNegative: areNegative[index])
        }
    }

    /// The image after the operations.
    public func apply(_ parameters: [AugmentationOperation], to image: Image) -> Image {
        image.applying(parameters, sampling: sampling, fill: fill)
    }

    /// RandAugment's, with ten levels, and inversion.
    static func space(width: Int, height: Int) -> AugmentationSpace {
        let space = RandAugment.space(bins: 10, width: width, height: height)
        let choices = space.choices.filter { $0.kind != .identity }.map { ($0.kind, $0.magnitudes) }
        return AugmentationSpace(bins: 10, choices + [(.invert, .none)])
    }
}
