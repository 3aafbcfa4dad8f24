extension ColorJitter: NotedTransform {
    /// `colorJitter(brightness: 0.4, hue: 0.1)`.
    public var notation: String {
        noted(
            "colorJitter", brightness.notedFactor("brightness"), contrast.notedFactor("contrast"),
            saturation.notedFactor("saturation"),
            hue == 0...0 ? nil : "hue: " + (hue.lowerBound == -hue.upperBound ? hue.upperBound.noted : hue.noted))
    }
}

extension ClosedRange<Double> {
    /// A single number if the range is symmetric around 1.
    fileprivate func notedFactor(_ name: String) -> String? {
        if self == 1...1 { return nil }
        // Some digits of 1.4 - 1 are rounding errors.
        let amount = ((upperBound - 1) * 1e12).rounded() / 1e12
        let isAmount = amount >= 0 && 1 + amount == upperBound && Swift.max(0, 1 - amount) == lowerBound
        return "\(name): \(isAmount ? amount.noted : noted)"
    }
}

extension Grayscale: NotedTransform {
    /// `grayscale`.
    public var notation: String { "grayscale(1)" }
}

extension RandomGrayscale: NotedTransform {
    /// `grayscale(0.1)`.
    public var notation: String { noted("grayscale", probability.noted) }
}

extension GaussianBlur: NotedTransform {
    /// `gaussianBlur(5, sigma: 0.1...1)`.
    public var notation: String { noted("gaussianBlur", kernelSize.noted, sigma.noted("sigma", unless: 0.1...2)) }
}

extension RandomSharpness: NotedTransform {
    /// `sharpness(2)`.
    public var notation: String { noted("sharpness", factor.noted, probability.notedChance) }
}

extension RandomPosterize: NotedTransform {
    /// `posterize(4)`.
    public var notation: String { noted("posterize", bits.noted, probability.notedChance) }
}

extension RandomSolarize: NotedTransform {
    /// `solarize(128)`.
    public var notation: String { noted("solarize", threshold.noted, probability.notedChance) }
}

extension RandomEqualize: NotedTransform {
    /// `equalize(0.5)`.
    public var notation: String { noted("equalize", probability.noted) }
}

extension RandomAutocontrast: NotedTransform {
    /// `autocontrast(0.5)`.
    public var notation: String { noted("autocontrast", probability.noted) }
}

extension RandomInvert: NotedTransform {
    /// `invert(0.5)`.
    public var notation: String { noted("invert", probability.noted) }
}

extension RandAugment: NotedTransform {
    /// `randAugment(2, 9)`.
    public var notation: String {
        noted(
            "randAugment", operations.noted, magnitude.noted, bins.noted("bins", unless: 31),
            sampling.noted("interpolation", unless: .nearest), fill.noted("fill", unless: .black))
    }
}

extension TrivialAugmentWide: NotedTransform {
    /// `trivialAugment`.
    public var notation: String {
        noted(
            "trivialAugment", bins.noted("bins", unless: 31), sampling.noted("interpolation", unless: .nearest),
            fill.noted("fill", unless: .black))
    }
}

extension AutoAugmentPolicy: Notable {}

extension AutoAugment: NotedTransform {
    /// `autoAugment(imagenet)`.
    public var notation: String {
        noted(
            "autoAugment", policy.noted, sampling.noted("interpolation", unless: .nearest),
            fill.noted("fill", unless: .black))
    }
}

extension AugMix: NotedTransform {
    /// `augMix(3)`.
    public var notation: String {
        noted(
            "augMix", severity.noted, width.noted("width", unless: 3),
            // All values below 1 are equivalent.
            max(-1, depth == 0 ? -1 : depth).noted("depth", unless: -1), alpha.noted("alpha", unless: 1),
            usesAllOperations.noted("all", unless: true), sampling.noted("interpolation", unless: .bilinear),
            fill.noted("fill", unless: .black))
    }
}

extension Double {
    fileprivate var notedChance: String? { noted("p", unless: 0.5) }
}
