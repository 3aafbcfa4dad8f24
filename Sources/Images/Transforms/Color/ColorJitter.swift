/// Changes brightness, contrast, saturation and hue at random, in a random order: torchvision's `ColorJitter`.
public struct ColorJitter: ImageTransform, Hashable {
    /// The factors that brightness is drawn from; 1...1 leaves it alone.
    public let brightness: ClosedRange<Double>

    /// The factors that contrast is drawn from.
    public let contrast: ClosedRange<Double>

    /// The factors that saturation is drawn from.
    public let saturation: ClosedRange<Double>

    /// The turns of the color circle that hue is drawn from, within -0.5...0.5; 0...0 leaves it alone.
    public let hue: ClosedRange<Double>

    /// Factors from 1 - amount, but at least 0, to 1 + amount; turns from -hue to hue, which is at most 0.5.
    public init(brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0) {
        func factors(_ amount: Double) -> ClosedRange<Double> {
            precondition(amount >= 0, "An amount of jitter is at least 0, not \(amount).")
            return max(0, 1 - amount)...(1 + amount)
        }
        precondition(hue >= 0, "An amount of jitter is at least 0, not \(hue).")
        self.init(
            brightness: factors(brightness), contrast: factors(contrast), saturation: factors(saturation),
            hue: -hue...hue)
    }

    /// Factors and turns from ranges.
    public init(
        brightness: ClosedRange<Double>, contrast: ClosedRange<Double>, saturation: ClosedRange<Double>,
        hue: ClosedRange<Double>
    ) {
        for range in [brightness, contrast, saturation] {
            precondition(
                range.lowerBound >= 0 && range.upperBound.isFinite,
                "A factor is at least 0 and finite: \(range) is neither.")
        }
        precondition(
            hue.lowerBound >= -0.5 && hue.upperBound <= 0.5, "A hue turns by -0.5 to 0.5 of the circle, not \(hue).")
        (self.brightness, self.contrast, self.saturation, self.hue) = (brightness, contrast, saturation, hue)
    }

    /// Draws the order, every one with the same chance, then the amounts.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> [ColorOperation] {
        let order = random.permutation(of: 4)
        let changes = [
            draw(brightness, neutral: 1, using: &random).map { ColorOperation.brightness($0) },
            draw(contrast, neutral: 1, using: &random).map { .contrast($0) },
            draw(saturation, neutral: 1, using: &random).map { .saturation($0) },
            draw(hue, neutral: 0, using: &random).map { .hue($0) },
        ]
        return order.compactMap { changes[$0] }
    }

    /// The image after these changes.
    public func apply(_ parameters: [ColorOperation], to image: Image) -> Image {
        image.applying(parameters)
    }

    private func draw(_ range: ClosedRange<Double>, neutral: Double, using random: inout CountedRandom) -> Double? {
        range == neutral...neutral ? nil : random.uniform(in: range)
    }
}
