/// Pairs of operations found by search: torchvision's `AutoAugment`, after Cubuk et al., "AutoAugment: Learning
/// Augmentation Policies from Data" (arXiv:1805.09501).
public struct AutoAugment: ImageTransform, Hashable {
    /// The data on which the pairs were found.
    public let policy: AutoAugmentPolicy

    /// The interpolation between pixels.
    public let sampling: Sampling

    /// The color of pixels from beyond the edges.
    public let fill: RGBColor

    /// Creates the pairs of a policy.
    public init(_ policy: AutoAugmentPolicy = .imageNet, sampling: Sampling = .nearest, fill: RGBColor = .black) {
        self.policy = policy
        self.sampling = sampling
        self.fill = fill
    }

    /// Draws a pair uniformly, whether each of its two operations is applied, and their signs.
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

    /// RandAugment's operations with ten levels, and inversion.
    static func space(width: Int, height: Int) -> AugmentationSpace {
        let space = RandAugment.space(bins: 10, width: width, height: height)
        let choices = space.choices.filter { $0.kind != .identity }.map { ($0.kind, $0.magnitudes) }
        return AugmentationSpace(bins: 10, choices + [(.invert, .none)])
    }
}

/// The data on which AutoAugment's pairs were found.
public enum AutoAugmentPolicy: String, Sendable, Codable, Hashable, CaseIterable {
    /// ImageNet, photos of a thousand classes.
    case imageNet = "imagenet"
    /// CIFAR-10, small photos of ten classes.
    case cifar10
    /// Street View House Numbers.
    case svhn
}

extension AutoAugmentPolicy {
    /// One operation of a pair.
    struct Step: Sendable, Hashable {
        let kind: AugmentationKind
        /// The probability of applying it.
        let probability: Double
        /// Its magnitude, from 0 to 9; 0 if there is only one.
        let level: Int

        init(_ kind: AugmentationKind, _ probability: Double, _ level: Int = 0) {
            self.kind = kind
            self.probability = probability
            self.level = level
        }
    }

    /// The 25 pairs.
    var pairs: [[Step]] {
        switch self {
        case .imageNet: Self.imageNetPairs
        case .cifar10: Self.cifar10Pairs
        case .svhn: Self.svhnPairs
        }
    }

    private static let imageNetPairs: [[Step]] = [
        [.init(.posterize, 0.4, 8), .init(.rotate, 0.6, 9)],
        [.init(.solarize, 0.6, 5), .init(.autoContrast, 0.6)],
        [.init(.equalize, 0.8), .init(.equalize, 0.6)],
        [.init(.posterize, 0.6, 7), .init(.posterize, 0.6, 6)],
        [.init(.equalize, 0.4), .init(.solarize, 0.2, 4)],
        [.init(.equalize, 0.4), .init(.rotate, 0.8, 8)],
        [.init(.solarize, 0.6, 3), .init(.equalize, 0.6)],
        [.init(.posterize, 0.8, 5), .init(.equalize, 1.0)],
        [.init(.rotate, 0.2, 3), .init(.solarize, 0.6, 8)],
        [.init(.equalize, 0.6), .init(.posterize, 0.4, 6)],
        [.init(.rotate, 0.8, 8), .init(.color, 0.4, 0)],
        [.init(.rotate, 0.4, 9), .init(.equalize, 0.6)],
        [.init(.equalize, 0.0), .init(.equalize, 0.8)],
        [.init(.invert, 0.6), .init(.equalize, 1.0)],
        [.init(.color, 0.6, 4), .init(.contrast, 1.0, 8)],
        [.init(.rotate, 0.8, 8), .init(.color, 1.0, 2)],
        [.init(.color, 0.8, 8), .init(.solarize, 0.8, 7)],
        [.init(.sharpness, 0.4, 7), .init(.invert, 0.6)],
        [.init(.shearX, 0.6, 5), .init(.equalize, 1.0)],
        [.init(.color, 0.4, 0), .init(.equalize, 0.6)],
        [.init(.equalize, 0.4), .init(.solarize, 0.2, 4)],
        [.init(.solarize, 0.6, 5), .init(.autoContrast, 0.6)],
        [.init(.invert, 0.6), .init(.equalize, 1.0)],
        [.init(.color, 0.6, 4), .init(.contrast, 1.0, 8)],
        [.init(.equalize, 0.8), .init(.equalize, 0.6)],
    ]

    private static let cifar10Pairs: [[Step]] = [
        [.init(.invert, 0.1), .init(.contrast, 0.2, 6)],
        [.init(.rotate, 0.7, 2), .init(.translateX, 0.3, 9)],
        [.init(.sharpness, 0.8, 1), .init(.sharpness, 0.9, 3)],
        [.init(.shearY, 0.5, 8), .init(.translateY, 0.7, 9)],
        [.init(.autoContrast, 0.5), .init(.equalize, 0.9)],
        [.init(.shearY, 0.2, 7), .init(.posterize, 0.3, 7)],
        [.init(.color, 0.4, 3), .init(.brightness, 0.6, 7)],
        [.init(.sharpness, 0.3, 9), .init(.brightness, 0.7, 9)],
        [.init(.equalize, 0.6), .init(.equalize, 0.5)],
        [.init(.contrast, 0.6, 7), .init(.sharpness, 0.6, 5)],
        [.init(.color, 0.7, 7), .init(.translateX, 0.5, 8)],
        [.init(.equalize, 0.3), .init(.autoContrast, 0.4)],
        [.init(.translateY, 0.4, 3), .init(.sharpness, 0.2, 6)],
        [.init(.brightness, 0.9, 6), .init(.color, 0.2, 8)],
        [.init(.solarize, 0.5, 2), .init(.invert, 0.0)],
        [.init(.equalize, 0.2), .init(.autoContrast, 0.6)],
        [.init(.equalize, 0.2), .init(.equalize, 0.6)],
        [.init(.color, 0.9, 9), .init(.equalize, 0.6)],
        [.init(.autoContrast, 0.8), .init(.solarize, 0.2, 8)],
        [.init(.brightness, 0.1, 3), .init(.color, 0.7, 0)],
        [.init(.solarize, 0.4, 5), .init(.autoContrast, 0.9)],
        [.init(.translateY, 0.9, 9), .init(.translateY, 0.7, 9)],
        [.init(.autoContrast, 0.9), .init(.solarize, 0.8, 3)],
        [.init(.equalize, 0.8), .init(.invert, 0.1)],
        [.init(.translateY, 0.7, 9), .init(.autoContrast, 0.9)],
    ]

    private static let svhnPairs: [[Step]] = [
        [.init(.shearX, 0.9, 4), .init(.invert, 0.2)],
        [.init(.shearY, 0.9, 8), .init(.invert, 0.7)],
        [.init(.equalize, 0.6), .init(.solarize, 0.6, 6)],
        [.init(.invert, 0.9), .init(.equalize, 0.6)],
        [.init(.equalize, 0.6), .init(.rotate, 0.9, 3)],
        [.init(.shearX, 0.9, 4), .init(.autoContrast, 0.8)],
        [.init(.shearY, 0.9, 8), .init(.invert, 0.4)],
        [.init(.shearY, 0.9, 5), .init(.solarize, 0.2, 6)],
        [.init(.invert, 0.9), .init(.autoContrast, 0.8)],
        [.init(.equalize, 0.6), .init(.rotate, 0.9, 3)],
        [.init(.shearX, 0.9, 4), .init(.solarize, 0.3, 3)],
        [.init(.shearY, 0.8, 8), .init(.invert, 0.7)],
        [.init(.equalize, 0.9), .init(.translateY, 0.6, 6)],
        [.init(.invert, 0.9), .init(.equalize, 0.6)],
        [.init(.contrast, 0.3, 3), .init(.rotate, 0.8, 4)],
        [.init(.invert, 0.8), .init(.translateY, 0.0, 2)],
        [.init(.shearY, 0.7, 6), .init(.solarize, 0.4, 8)],
        [.init(.invert, 0.6), .init(.rotate, 0.8, 4)],
        [.init(.shearY, 0.3, 7), .init(.translateX, 0.9, 3)],
        [.init(.shearX, 0.1, 6), .init(.invert, 0.6)],
        [.init(.solarize, 0.7, 2), .init(.translateY, 0.6, 7)],
        [.init(.shearY, 0.8, 4), .init(.invert, 0.8)],
        [.init(.shearX, 0.7, 9), .init(.translateY, 0.8, 3)],
        [.init(.shearY, 0.8, 5), .init(.autoContrast, 0.7)],
        [.init(.shearX, 0.7, 2), .init(.invert, 0.1)],
    ]
}
