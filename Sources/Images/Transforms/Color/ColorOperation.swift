internal import CImage

/// A color change with Pillow's arithmetic on 8-bit pixels, equal to torchvision's functions of these names on an image
/// read by Pillow, bit for bit.
///
/// A factor of 1 has no effect; larger factors increase the property, and values are clipped.
public enum ColorOperation: Sendable, Hashable {
    /// Blends with black: `adjust_brightness`.
    case brightness(Double)
    /// Blends with the mean gray: `adjust_contrast`.
    case contrast(Double)
    /// Blends each pixel with its gray: `adjust_saturation`.
    case saturation(Double)
    /// Shifts the hue by -0.5 to 0.5 turns, truncated to 1/255 of a turn: `adjust_hue`.
    case hue(Double)
    /// Blends with the smoothed image: `adjust_sharpness`. The outermost pixels stay unchanged.
    case sharpness(Double)
    /// Keeps the highest bits of each channel, 0 to 8: `posterize`.
    case posterize(bits: Int)
    /// Inverts each channel that is at least the threshold: `solarize`.
    case solarize(threshold: Double)
    /// Stretches each channel from its lowest and highest value to 0 and 255: `autocontrast`.
    case autocontrast
    /// Equalizes each channel's histogram: `equalize`.
    case equalize
    /// Inverts each channel: `invert`.
    case invert
    /// The gray of ITU-R 601-2 in all three channels: `to_grayscale` with three.
    case grayscale
}

extension Image {
    /// Applies these color changes in order.
    public func applying(_ operations: [ColorOperation]) -> Image {
        guard !operations.isEmpty else { return self }
        var pixels = pixels
        for operation in operations { operation.apply(to: &pixels, width: width, height: height) }
        return Image(width: width, height: height, pixels: pixels)
    }
}

extension ColorOperation {
    /// Changes the bytes of an image of this size.
    fileprivate func apply(to pixels: inout [UInt8], width: Int, height: Int) {
        if case .sharpness(let factor) = self {
            pixels = Self.sharpened(pixels, width: width, height: height, factor: Float(factor))
            return
        }
        pixels.withUnsafeMutableBufferPointer { buffer in
            guard let bytes = buffer.baseAddress else { return }
            apply(to: bytes, pixelCount: width * height)
        }
    }

    private func apply(to bytes: UnsafeMutablePointer<UInt8>, pixelCount: Int) {
        switch self {
        case .brightness(let factor): cimage_adjust_brightness_rgb(bytes, pixelCount, Float(factor))
        case .contrast(let factor): cimage_adjust_contrast_rgb(bytes, pixelCount, Float(factor))
        case .saturation(let factor): cimage_adjust_saturation_rgb(bytes, pixelCount, Float(factor))
        case .hue(let turns):
            precondition((-0.5...0.5).contains(turns), "hue shifts must be from -0.5 to 0.5, not \(turns)")
            // The byte wraps around, like NumPy's in torchvision.
            cimage_shift_hue_rgb(bytes, pixelCount, UInt8(truncatingIfNeeded: Int(turns * 255)))
        case .sharpness: break
        case .posterize(let bits):
            precondition((0...8).contains(bits), "the number of bits must be from 0 to 8, not \(bits)")
            cimage_posterize(bytes, pixelCount * 3, Int32(bits))
        case .solarize(let threshold): cimage_solarize(bytes, pixelCount * 3, threshold)
        case .autocontrast: cimage_autocontrast_rgb(bytes, pixelCount)
        case .equalize: cimage_equalize_rgb(bytes, pixelCount)
        case .invert: cimage_invert(bytes, pixelCount * 3)
        case .grayscale: cimage_make_gray_rgb(bytes, pixelCount)
        }
    }

    private static func sharpened(_ pixels: [UInt8], width: Int, height: Int, factor: Float) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, initializedCount in
            guard let target = buffer.baseAddress else { return }
            cimage_adjust_sharpness_rgb(pixels, Int32(width), Int32(height), factor, target)
            initializedCount = pixels.count
        }
    }
}

/// Changes brightness, contrast, saturation and hue at random, in a random order: torchvision's `ColorJitter`.
public struct ColorJitter: ImageTransform, Hashable {
    /// The range of brightness factors; 1...1 has no effect.
    public let brightness: ClosedRange<Double>

    /// The range of contrast factors.
    public let contrast: ClosedRange<Double>

    /// The range of saturation factors.
    public let saturation: ClosedRange<Double>

    /// The range of hue shifts in turns of the color circle, within -0.5...0.5; 0...0 has no effect.
    public let hue: ClosedRange<Double>

    /// Creates ranges of factors from 1 - amount, but at least 0, to 1 + amount, and hue shifts from -hue to hue, which
    /// is at most 0.5.
    public init(brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0) {
        func factors(_ amount: Double) -> ClosedRange<Double> {
            precondition(amount >= 0, "an amount of jitter must be at least 0, not \(amount)")
            return max(0, 1 - amount)...(1 + amount)
        }
        precondition(hue >= 0, "an amount of jitter must be at least 0, not \(hue)")
        self.init(
            brightness: factors(brightness), contrast: factors(contrast), saturation: factors(saturation),
            hue: -hue...hue)
    }

    /// Creates a jitter from ranges of factors and hue shifts.
    public init(
        brightness: ClosedRange<Double>, contrast: ClosedRange<Double>, saturation: ClosedRange<Double>,
        hue: ClosedRange<Double>
    ) {
        for range in [brightness, contrast, saturation] {
            precondition(
                range.lowerBound >= 0 && range.upperBound.isFinite,
                "factors must be at least 0 and finite, not \(range)")
        }
        precondition(
            hue.lowerBound >= -0.5 && hue.upperBound <= 0.5, "hue shifts must be from -0.5 to 0.5, not \(hue)")
        (self.brightness, self.contrast, self.saturation, self.hue) = (brightness, contrast, saturation, hue)
    }

    /// Draws a uniformly random order, then the amounts.
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

    /// Applies the changes to the image.
    public func apply(_ parameters: [ColorOperation], to image: Image) -> Image {
        image.applying(parameters)
    }

    private func draw(_ range: ClosedRange<Double>, neutral: Double, using random: inout CountedRandom) -> Double? {
        range == neutral...neutral ? nil : random.uniform(in: range)
    }
}
