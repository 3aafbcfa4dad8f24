/// One operation of a random magnitude: torchvision's `TrivialAugmentWide`, after Müller and Hutter, "TrivialAugment:
/// Tuning-free Yet State-of-the-Art Data Augmentation" (arXiv:2103.10158).
public struct TrivialAugmentWide: ImageTransform, Hashable {
    /// How many magnitudes there are.
    public let bins: Int

    /// How a place between pixels gets its color.
    public let sampling: Sampling

    /// The color of what comes in from beyond the edges.
    public let fill: RGBColor

    /// One operation with one of this many magnitudes.
    public init(bins: Int = 31, sampling: Sampling = .nearest, fill: RGBColor = .black) {
        precondition(bins >= 2, "There are at least 2 magnitudes, not \(bins).")
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
