/// Makes every image gray; it keeps three equal channels: torchvision's `Grayscale(num_output_channels=3)`.
public struct Grayscale: ImageTransform, Hashable {
    /// The transform.
    public init() {}

    /// Nothing is drawn.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) {}

    /// The image in gray.
    public func apply(_ parameters: Void, to image: Image) -> Image {
        image.applying([.grayscale])
    }
}

/// A change of an image's colors that comes with a given chance.
public protocol OccasionalColorTransform: ImageTransform where Parameters == Bool {
    /// The chance, from 0 to 1.
    var probability: Double { get }

    /// What is done then.
    var operation: ColorOperation { get }
}

extension OccasionalColorTransform {
    /// Draws whether to change anything.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> Bool {
        random.chance(probability)
    }

    /// The image, changed or as it is.
    public func apply(_ parameters: Bool, to image: Image) -> Image {
        parameters ? image.applying([operation]) : image
    }
}

/// The chance, if it is one.
func checkedProbability(_ probability: Double) -> Double {
    precondition((0...1).contains(probability), "A chance lies between 0 and 1: \(probability) does not.")
    return probability
}

/// Stretches each channel to the full range with a given chance: torchvision's `RandomAutocontrast`.
public struct RandomAutocontrast: OccasionalColorTransform, Hashable {
    /// The chance, from 0 to 1.
    public let probability: Double

    /// A change with this chance.
    public init(probability: Double = 0.5) {
        self.probability = checkedProbability(probability)
    }

    /// What is done then.
    public var operation: ColorOperation { .autocontrast }
}

/// Spreads each channel's values evenly with a given chance: torchvision's `RandomEqualize`.
public struct RandomEqualize: OccasionalColorTransform, Hashable {
    /// The chance, from 0 to 1.
    public let probability: Double

    /// A change with this chance.
    public init(probability: Double = 0.5) {
        self.probability = checkedProbability(probability)
    }

    /// What is done then.
    public var operation: ColorOperation { .equalize }
}

/// Makes an image gray with a given chance: torchvision's `RandomGrayscale`.
public struct RandomGrayscale: OccasionalColorTransform, Hashable {
    /// The chance, from 0 to 1.
    public let probability: Double

    /// A change with this chance.
    public init(probability: Double = 0.1) {
        self.probability = checkedProbability(probability)
    }

    /// What is done then.
    public var operation: ColorOperation { .grayscale }
}

/// Inverts an image with a given chance: torchvision's `RandomInvert`.
public struct RandomInvert: OccasionalColorTransform, Hashable {
    /// The chance, from 0 to 1.
    public let probability: Double

    /// A change with this chance.
    public init(probability: Double = 0.5) {
        self.probability = checkedProbability(probability)
    }

    /// What is done then.
    public var operation: ColorOperation { .invert }
}

/// Keeps each channel's highest bits with a given chance: torchvision's `RandomPosterize`.
public struct RandomPosterize: OccasionalColorTransform, Hashable {
    /// How many bits are kept, 0 to 8. At 0 the image is black, where Pillow refuses.
    public let bits: Int

    /// The chance, from 0 to 1.
    public let probability: Double

    /// Keeps this many bits, with this chance.
    public init(bits: Int, probability: Double = 0.5) {
        precondition((0...8).contains(bits), "A channel keeps 0 to 8 bits, not \(bits).")
        self.bits = bits
        self.probability = checkedProbability(probability)
    }

    /// What is done then.
    public var operation: ColorOperation { .posterize(bits: bits) }
}

/// Sharpens or smooths with a given chance: torchvision's `RandomAdjustSharpness`.
public struct RandomSharpness: OccasionalColorTransform, Hashable {
    /// 0 smooths, 1 changes nothing, 2 sharpens twice as much.
    public let factor: Double

    /// The chance, from 0 to 1.
    public let probability: Double

    /// A sharpness of this factor, with this chance.
    public init(factor: Double, probability: Double = 0.5) {
        precondition(factor >= 0 && factor.isFinite, "A factor is at least 0 and finite, not \(factor).")
        self.factor = factor
        self.probability = checkedProbability(probability)
    }

    /// What is done then.
    public var operation: ColorOperation { .sharpness(factor) }
}

/// Inverts each channel that is at least a threshold, with a given chance: torchvision's `RandomSolarize`.
public struct RandomSolarize: OccasionalColorTransform, Hashable {
    /// The lowest value that is inverted, of 0 to 255.
    public let threshold: Double

    /// The chance, from 0 to 1.
    public let probability: Double

    /// Values from the threshold on are inverted, with this chance.
    public init(threshold: Double, probability: Double = 0.5) {
        precondition(threshold.isFinite, "A threshold is a number, not \(threshold).")
        self.threshold = threshold
        self.probability = checkedProbability(probability)
    }

    /// What is done then.
    public var operation: ColorOperation { .solarize(threshold: threshold) }
}
