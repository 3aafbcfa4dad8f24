internal import CImage

/// A few chains of operations, mixed with each other and with the image: torchvision's `AugMix`, after Hendrycks et
/// al., "AugMix: A Simple Data Processing Method to Improve Robustness and Uncertainty" (arXiv:1912.02781).
///
/// torchvision first converts the image to a tensor, where shears and rotations are rounded instead of truncated as in
/// Pillow. Here the operations are Pillow's, as in the other policies. On photos of 224 x 224 pixels, none differs by
/// more than 0.7 of 255 on average. The random choices and the mixing are the same.
public struct AugMix: ImageTransform, Hashable {
    /// The strength of operations, 1 to 10.
    public let severity: Int

    /// The number of chains.
    public let width: Int

    /// The number of operations in a chain; below 1 it is drawn from 1 to 3.
    public let depth: Int

    /// The concentration of the weights' distribution: the smaller, the more uneven the weights.
    public let alpha: Double

    /// Whether brightness, saturation, contrast and sharpness are among the operations.
    public let usesAllOperations: Bool

    /// The interpolation between pixels.
    public let sampling: Sampling

    /// The color of pixels from beyond the edges.
    public let fill: RGBColor

    /// Creates a mix of chains.
    public init(
        severity: Int = 3, width: Int = 3, depth: Int = -1, alpha: Double = 1, usesAllOperations: Bool = true,
        sampling: Sampling = .bilinear, fill: RGBColor = .black
    ) {
        precondition((1...Self.levels).contains(severity), "the severity must be from 1 to 10, not \(severity)")
        precondition(width >= 1, "there must be at least 1 chain, not \(width)")
        precondition(alpha > 0 && alpha.isFinite, "the concentration must be above 0 and finite, not \(alpha)")
        self.severity = severity
        self.width = width
        self.depth = depth
        self.alpha = alpha
        self.usesAllOperations = usesAllOperations
        self.sampling = sampling
        self.fill = fill
    }

    /// A chain of operations.
    public struct Chain: Sendable, Hashable {
        /// The fraction of its result in the mixture.
        public var weight: Float
        /// Its operations in order.
        public var operations: [AugmentationOperation]

        /// Creates a chain with its fraction.
        public init(weight: Float, operations: [AugmentationOperation]) {
            self.weight = weight
            self.operations = operations
        }
    }

    /// The parts of the mixture; all fractions sum to 1.
    public struct Mixture: Sendable, Hashable {
        /// The fraction of the image itself.
        public var originalWeight: Float
        /// The chains.
        public var chains: [Chain]

        /// Creates a mixture from its parts.
        public init(originalWeight: Float, chains: [Chain]) {
            self.originalWeight = originalWeight
            self.chains = chains
        }
    }

    /// Draws the image's fraction, the chains' fractions of the rest, and their operations.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> Mixture {
        let halves = random.dirichlet(alpha, count: 2).map { Float($0) }
        let shares = random.dirichlet(alpha, count: self.width).map { Float($0) * halves[1] }
        let space = Self.space(usesAllOperations: usesAllOperations, width: width, height: height)
        let chains = shares.map { share in
            let count = depth > 0 ? depth : 1 + random.uniform(below: 3)
            let operations = (0..<count).map { _ in space.draw(using: &random) { $0.uniform(below: severity) } }
            return Chain(weight: share, operations: operations)
        }
        return Mixture(originalWeight: halves[0], chains: chains)
    }

    /// The mixture of the image and the chains' results.
    public func apply(_ parameters: Mixture, to image: Image) -> Image {
        var sums = [Float](repeating: 0, count: image.pixels.count)
        cimage_mix_in(image.pixels, sums.count, parameters.originalWeight, &sums)
        for chain in parameters.chains {
            let result = image.applying(chain.operations, sampling: sampling, fill: fill)
            cimage_mix_in(result.pixels, sums.count, chain.weight, &sums)
        }
        return Image(width: image.width, height: image.height) { target in
            cimage_mix_out(sums, sums.count, target.baseAddress)
        }
    }

    private static let levels = 10

    static func space(usesAllOperations: Bool, width: Int, height: Int) -> AugmentationSpace {
        let moves: [(AugmentationKind, AugmentationSpace.Magnitudes)] = [
            (.shearX, .steps(from: 0, to: 0.3)),
            (.shearY, .steps(from: 0, to: 0.3)),
            (.translateX, .steps(from: 0, to: Double(width) / 3)),
            (.translateY, .steps(from: 0, to: Double(height) / 3)),
            (.rotate, .steps(from: 0, to: 30)),
            (.posterize, .bits(4, fewer: 4)),
            (.solarize, .steps(from: 255, to: 0)),
            (.autoContrast, .none),
            (.equalize, .none),
        ]
        let blends = [AugmentationKind.brightness, .color, .contrast, .sharpness].map {
            ($0, AugmentationSpace.Magnitudes.steps(from: 0, to: 0.9))
        }
        return AugmentationSpace(bins: levels, usesAllOperations ? moves + blends : moves)
    }
}
