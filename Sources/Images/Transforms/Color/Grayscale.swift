/// Converts every image to gray with three equal channels: torchvision's `Grayscale(num_output_channels=3)`.
public struct Grayscale: ImageTransform, Hashable {
    /// Creates the transform.
    public init() {}

    /// There are no parameters to draw.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) {}

    /// The image in gray.
    public func apply(_ parameters: Void, to image: Image) -> Image {
        image.applying([.grayscale])
    }
}

/// A color change that is applied with a given probability.
public protocol OccasionalColorTransform: ImageTransform where Parameters == Bool {
    /// The probability, from 0 to 1.
    var probability: Double { get }

    /// The color change.
    var operation: ColorOperation { get }
}

extension OccasionalColorTransform {
    /// Draws whether to change the image.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> Bool {
        random.chance(probability)
    }

    /// The image, changed or unchanged.
    public func apply(_ parameters: Bool, to image: Image) -> Image {
        parameters ? image.applying([operation]) : image
    }
}

/// Returns a valid probability.
func checkedProbability(_ probability: Double) -> Double {
    precondition((0...1).contains(probability), "a probability must be from 0 to 1, not \(probability)")
    return probability
}

/// Stretches each channel to the full range with a given probability: torchvision's `RandomAutocontrast`.
public struct RandomAutocontrast: OccasionalColorTransform, Hashable {
    /// The probability, from 0 to 1.
    public let probability: Double

    /// Creates the change with this probability.
    public init(probability: Double = 0.5) {
        self.probability = checkedProbability(probability)
    }

    /// The color change.
    public var operation: ColorOperation { .autocontrast }
}

/// Equalizes each channel's histogram with a given probability: torchvision's `RandomEqualize`.
public struct RandomEqualize: OccasionalColorTransform, Hashable {
    /// The probability, from 0 to 1.
    public let probability: Double

    /// Creates the change with this probability.
    public init(probability: Double = 0.5) {
        self.probability = checkedProbability(probability)
    }

    /// The color change.
    public var operation: ColorOperation { .equalize }
}

/// Converts an image to gray with a given probability: torchvision's `RandomGrayscale`.
public struct RandomGrayscale: OccasionalColorTransform, Hashable {
    /// The probability, from 0 to 1.
    public let probability: Double

    /// Creates the change with this probability.
    public init(probability: Double = 0.1) {
        self.probability = checkedProbability(probability)
    }

    /// The color change.
    public var operation: ColorOperation { .grayscale }
}

/// Inverts an image with a given probability: torchvision's `RandomInvert`.
public struct RandomInvert: OccasionalColorTransform, Hashable {
    /// The probability, from 0 to 1.
    public let probability: Double

    /// Creates the change with this probability.
    public init(probability: Double = 0.5) {
        self.probability = checkedProbability(probability)
    }

    /// The color change.
    public var operation: ColorOperation { .invert }
}

/// Keeps each channel's highest bits with a given probability: torchvision's `RandomPosterize`.
public struct RandomPosterize: OccasionalColorTransform, Hashable {
    /// The number of bits, 0 to 8. With 0 the image is black; Pillow rejects 0.
    public let bits: Int

    /// The probability, from 0 to 1.
    public let probability: Double

    /// Creates the change with a number of bits and a probability.
    public init(bits: Int, probability: Double = 0.5) {
        precondition((0...8).contains(bits), "the number of bits must be from 0 to 8, not \(bits)")
        self.bits = bits
        self.probability = checkedProbability(probability)
    }

    /// The color change.
    public var operation: ColorOperation { .posterize(bits: bits) }
}

/// Sharpens or smooths with a given probability: torchvision's `RandomAdjustSharpness`.
public struct RandomSharpness: OccasionalColorTransform, Hashable {
    /// The factor: 0 smooths, 1 has no effect, 2 doubles the sharpness.
    public let factor: Double

    /// The probability, from 0 to 1.
    public let probability: Double

    /// Creates the change with a factor and a probability.
    public init(factor: Double, probability: Double = 0.5) {
        precondition(factor >= 0 && factor.isFinite, "a factor must be at least 0 and finite, not \(factor)")
        self.factor = factor
        self.probability = checkedProbability(probability)
    }

    /// The color change.
    public var operation: ColorOperation { .sharpness(factor) }
}

/// Inverts each channel that is at least a threshold, with a given probability: torchvision's `RandomSolarize`.
public struct RandomSolarize: OccasionalColorTransform, Hashable {
    /// The lowest inverted value, from 0 to 255.
    public let threshold: Double

    /// The probability, from 0 to 1.
    public let probability: Double

    /// Creates the change with a threshold and a probability.
    public init(threshold: Double, probability: Double = 0.5) {
        precondition(threshold.isFinite, "a threshold must be finite, not \(threshold)")
        self.threshold = threshold
        self.probability = checkedProbability(probability)
    }

    /// The color change.
    public var operation: ColorOperation { .solarize(threshold: threshold) }
}
