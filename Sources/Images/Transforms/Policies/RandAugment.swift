/// A few random operations out of fourteen, all with the same magnitude: torchvision's `RandAugment`, after Cubuk et
/// al., "RandAugment: Practical automated data augmentation with a reduced search space" (arXiv:1909.13719).
public struct RandAugment: ImageTransform, Hashable {
    /// The number of operations.
    public let operations: Int

    /// Their magnitude, from 0 up to `bins`.
    public let magnitude: Int

    /// The number of magnitudes.
    public let bins: Int

    /// The interpolation between pixels.
    public let sampling: Sampling

    /// The color of pixels from beyond the edges.
    public let fill: RGBColor

    /// Creates the transform with a number of operations and a magnitude.
    public init(
        operations: Int = 2, magnitude: Int = 9, bins: Int = 31, sampling: Sampling = .nearest,
        fill: RGBColor = .black
    ) {
        precondition(operations >= 0, "the number of operations must be at least 0, not \(operations)")
        precondition(bins >= 2, "the number of magnitudes must be at least 2, not \(bins)")
        precondition((0..<bins).contains(magnitude), "the magnitude must be from 0 to \(bins - 1), not \(magnitude)")
        self.operations = operations
        self.magnitude = magnitude
        self.bins = bins
        self.sampling = sampling
        self.fill = fill
    }

    /// Draws the operations and their signs.
    public func parameters(
        width: Int, height: Int, using random: inout CountedRandom
    ) -> [AugmentationOperation] {
        let space = Self.space(bins: bins, width: width, height: height)
        return (0..<operations).map { _ in space.draw(using: &random) { _ in magnitude } }
    }

    /// The image after the operations.
    public func apply(_ parameters: [AugmentationOperation], to image: Image) -> Image {
        image.applying(parameters, sampling: sampling, fill: fill)
    }

    static func space(bins: Int, width: Int, height: Int) -> AugmentationSpace {
        AugmentationSpace(
            bins: bins,
            [
                (.identity, .none),
                (.shearX, .steps(from: 0, to: 0.3)),
                (.shearY, .steps(from: 0, to: 0.3)),
                (.translateX, .steps(from: 0, to: 150.0 / 331.0 * Double(width))),
                (.translateY, .steps(from: 0, to: 150.0 / 331.0 * Double(height))),
                (.rotate, .steps(from: 0, to: 30)),
                (.brightness, .steps(from: 0, to: 0.9)),
                (.color, .steps(from: 0, to: 0.9)),
                (.contrast, .steps(from: 0, to: 0.9)),
                (.sharpness, .steps(from: 0, to: 0.9)),
                (.posterize, .bits(8, fewer: 4)),
                (.solarize, .steps(from: 255, to: 0)),
                (.autoContrast, .none),
                (.equalize, .none),
            ])
    }
}

/// One operation with a random magnitude: torchvision's `TrivialAugmentWide`, after Müller and Hutter, "TrivialAugment:
/// Tuning-free Yet State-of-the-Art Data Augmentation" (arXiv:2103.10158).
public struct TrivialAugmentWide: ImageTransform, Hashable {
    /// The number of magnitudes.
    public let bins: Int

    /// The interpolation between pixels.
    public let sampling: Sampling

    /// The color of pixels from beyond the edges.
    public let fill: RGBColor

    /// Creates the transform with this number of magnitudes.
    public init(bins: Int = 31, sampling: Sampling = .nearest, fill: RGBColor = .black) {
        precondition(bins >= 2, "the number of magnitudes must be at least 2, not \(bins)")
        self.bins = bins
        self.sampling = sampling
        self.fill = fill
    }

    /// Draws the operation, its magnitude and its sign.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> AugmentationOperation {
        Self.space(bins: bins).draw(using: &random) { $0.uniform(below: bins) }
    }

    /// The image after the operation.
    public func apply(_ parameters: AugmentationOperation, to image: Image) -> Image {
        image.applying([parameters], sampling: sampling, fill: fill)
    }

    static func space(bins: Int) -> AugmentationSpace {
        AugmentationSpace(
            bins: bins,
            [
                (.identity, .none),
                (.shearX, .steps(from: 0, to: 0.99)),
                (.shearY, .steps(from: 0, to: 0.99)),
                (.translateX, .steps(from: 0, to: 32)),
                (.translateY, .steps(from: 0, to: 32)),
                (.rotate, .steps(from: 0, to: 135)),
                (.brightness, .steps(from: 0, to: 0.99)),
                (.color, .steps(from: 0, to: 0.99)),
                (.contrast, .steps(from: 0, to: 0.99)),
                (.sharpness, .steps(from: 0, to: 0.99)),
                (.posterize, .bits(8, fewer: 6)),
                (.solarize, .steps(from: 255, to: 0)),
                (.autoContrast, .none),
                (.equalize, .none),
            ])
    }
}
