/// A few operations, each drawn from fourteen, all of one magnitude: torchvision's `RandAugment`, after Cubuk et al.,
/// "RandAugment: Practical automated data augmentation with a reduced search space" (arXiv:1909.13719).
public struct RandAugment: ImageTransform, Hashable {
    /// How many operations follow one another.
    public let operations: Int

    /// How strong they are, from 0 up to `bins`.
    public let magnitude: Int

    /// How many magnitudes there are.
    public let bins: Int

    /// How a place between pixels gets its color.
    public let sampling: Sampling

    /// The color of what comes in from beyond the edges.
    public let fill: RGBColor

    /// This many operations of this magnitude.
    public init(
        operations: Int = 2, magnitude: Int = 9, bins: Int = 31, sampling: Sampling = .nearest,
        fill: RGBColor = .black
    ) {
        precondition(operations >= 0, "There are at least 0 operations, not \(operations).")
        precondition(bins >= 2, "There are at least 2 magnitudes, not \(bins).")
        precondition((0..<bins).contains(magnitude), "A magnitude is from 0 to \(bins - 1), not \(magnitude).")
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
