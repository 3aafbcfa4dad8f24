internal import CImage

/// A change of an image's colors, with Pillow's arithmetic on 8-bit pixels: what torchvision's functions of these
/// names give on an image read by Pillow, bit for bit.
///
/// A factor of 1 leaves the image as it is; beyond 1 there is more of it, and values are clipped.
public enum ColorOperation: Sendable, Hashable {
    /// Blends with black: `adjust_brightness`.
    case brightness(Double)
    /// Blends with the mean gray: `adjust_contrast`.
    case contrast(Double)
    /// Blends each pixel with its gray: `adjust_saturation`.
    case saturation(Double)
    /// Turns the color circle by a number of turns, -0.5 to 0.5, cut off to 1/255 of a turn: `adjust_hue`.
    case hue(Double)
    /// Blends with the image smoothed: `adjust_sharpness`. The outermost pixels stay.
    case sharpness(Double)
    /// Keeps the highest bits of each channel, 0 to 8: `posterize`.
    case posterize(bits: Int)
    /// Inverts each channel that is at least the threshold: `solarize`.
    case solarize(threshold: Double)
    /// Stretches each channel from its lowest and highest value to 0 and 255: `autocontrast`.
    case autocontrast
    /// Spreads each channel's values evenly: `equalize`.
    case equalize
    /// Inverts each channel: `invert`.
    case invert
    /// The gray of ITU-R 601-2 in all three channels: `to_grayscale` with three.
    case grayscale
}

extension Image {
    /// The image after these changes of its colors, one after the other.
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
            precondition((-0.5...0.5).contains(turns), "A hue turns by -0.5 to 0.5 of the circle, not by \(turns).")
            // The byte wraps around, as NumPy's does in torchvision.
            cimage_shift_hue_rgb(bytes, pixelCount, UInt8(truncatingIfNeeded: Int(turns * 255)))
        case .sharpness: break
        case .posterize(let bits):
            precondition((0...8).contains(bits), "A channel keeps 0 to 8 bits, not \(bits).")
            cimage_posterize(bytes, pixelCount * 3, Int32(bits))
        case .solarize(let threshold): cimage_solarize(bytes, pixelCount * 3, threshold)
        case .autocontrast: cimage_autocontrast_rgb(bytes, pixelCount)
        case .equalize: cimage_equalize_rgb(bytes, pixelCount)
        case .invert: cimage_invert(bytes, pixelCount * 3)
        case .grayscale: cimage_make_grey_rgb(bytes, pixelCount)
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
