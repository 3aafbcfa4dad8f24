@testable import Images

/// The images by their names in `scripts/goldens/color.py`.
func colorImage(_ name: String, width: Int, height: Int) -> Image {
    switch name {
    case "slope":
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                pixels.append(UInt8(30 + x * 150 / width))
                pixels.append(UInt8(200 - y * 120 / height))
                pixels.append(UInt8(60 + x * y % 97))
            }
        }
        return Image(width: width, height: height, pixels: pixels)
    case "flat":
        return Image(width: width, height: height, filledWith: RGBColor(red: 90, green: 160, blue: 33))
    default:
        return pattern(width: width, height: height)
    }
}

extension ColorOperation {
    /// The operation by its name in the golden files, or nil.
    init?(_ name: String, amount: Double) {
        switch name {
        case "brightness": self = .brightness(amount)
        case "contrast": self = .contrast(amount)
        case "saturation": self = .saturation(amount)
        case "sharpness": self = .sharpness(amount)
        case "hue": self = .hue(amount)
        case "posterize": self = .posterize(bits: Int(amount))
        case "solarize": self = .solarize(threshold: amount)
        case "autocontrast": self = .autocontrast
        case "equalize": self = .equalize
        case "invert": self = .invert
        case "grayscale": self = .grayscale
        default: return nil
        }
    }
}

/// The random numbers of this many samples.
func samples(_ count: Int, seed: UInt64 = 5) -> [CountedRandom] {
    (0..<count).map { CountedRandom(seed: seed, epoch: 0, index: $0) }
}

/// The draws of a transform for this many samples.
func draws<Transform: ImageTransform>(
    _ transform: Transform, _ count: Int, width: Int = 64, height: Int = 48
) -> [Transform.Parameters] {
    samples(count).map { random in
        var random = random
        return transform.parameters(width: width, height: height, using: &random)
    }
}
