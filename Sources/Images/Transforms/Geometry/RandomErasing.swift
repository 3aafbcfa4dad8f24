#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Covers a rectangle of random area, proportions and place: Zhong et al., "Random Erasing Data Augmentation", 2017
/// (arXiv:1708.04896).
///
/// The rectangle is drawn as torchvision's `RandomErasing` draws it. That one works on normalized tensors, where noise
/// is normally distributed and 0 is ImageNet's mean; this works on 8-bit pixels, where noise is, as in the paper, any
/// color with the same chance, and the fill is a color.
public struct RandomErasing: ImageTransform, Hashable {
    /// What covers the rectangle.
    public enum Cover: Sendable, Hashable {
        /// One color.
        case fill(RGBColor)
        /// A color drawn anew for each pixel.
        case noise
    }

    /// What is drawn.
    public struct Erasure: Sendable, Hashable {
        /// What is covered.
        public var rectangle: PixelRectangle
        /// What noise is made from.
        public var seed: UInt64

        /// An erasure from its parts.
        public init(rectangle: PixelRectangle, seed: UInt64 = 0) {
            self.rectangle = rectangle
            self.seed = seed
        }
    }

    /// The chance that anything is done, from 0 to 1.
    public let probability: Double

    /// The rectangle's fraction of the image's area.
    public let scale: ClosedRange<Double>

    /// The rectangle's height by its width. Its logarithm is what is drawn uniformly.
    public let ratio: ClosedRange<Double>

    /// What covers the rectangle.
    public let cover: Cover

    /// Erases with this chance.
    public init(
        probability: Double = 0.5, scale: ClosedRange<Double> = 0.02...0.33, ratio: ClosedRange<Double> = 0.3...3.3,
        cover: Cover = .fill(.black)
    ) {
        precondition((0...1).contains(probability), "A chance lies between 0 and 1.")
        precondition(
            scale.lowerBound >= 0 && scale.upperBound <= 1 && ratio.lowerBound > 0,
            "Fractions of an area lie between 0 and 1, and proportions are above zero.")
        self.probability = probability
        self.scale = scale
        self.ratio = ratio
        self.cover = cover
    }

    /// Draws the rectangle, in at most ten tries; nil where nothing is done, or none of them is smaller than the
    /// image.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> Erasure? {
        guard random.chance(probability) else { return nil }
        let logarithms = log(ratio.lowerBound)...log(ratio.upperBound)
        for _ in 0..<10 {
            let share = random.uniform(in: scale)
            let ratio = exp(random.uniform(in: logarithms))
            guard let size = Self.size(width: width, height: height, share: share, ratio: ratio) else { continue }
            let y = random.uniform(in: 0...(height - size.height))
            let x = random.uniform(in: 0...(width - size.width))
            return Erasure(
                rectangle: PixelRectangle(x: x, y: y, width: size.width, height: size.height), seed: random.next())
        }
        return nil
    }

    /// The size of a rectangle of this fraction and these proportions, or nil where it is not smaller than the image.
    static func size(width: Int, height: Int, share: Double, ratio: Double) -> PixelSize? {
        let area = Double(width * height) * share
        let across = (area / ratio).squareRoot().rounded(.toNearestOrEven)
        let down = (area * ratio).squareRoot().rounded(.toNearestOrEven)
        guard across < Double(width), down < Double(height) else { return nil }
        return PixelSize(width: Int(across), height: Int(down))
    }

    /// The image, with the rectangle covered.
    public func apply(_ parameters: Erasure?, to image: Image) -> Image {
        guard let parameters,
            let area = parameters.rectangle.intersection(
                PixelRectangle(PixelSize(width: image.width, height: image.height)))
        else {
            return image
        }
        var pixels = image.pixels
        var noise = CountedRandom(seed: parameters.seed, epoch: 0, index: 0)
        for y in area.y..<area.maxY {
            for x in area.x..<area.maxX {
                let start = (y * image.width + x) * 3
                let color = color(&noise)
                pixels[start] = color.red
                pixels[start + 1] = color.green
                pixels[start + 2] = color.blue
            }
        }
        return Image(width: image.width, height: image.height, pixels: pixels)
    }

    private func color(_ noise: inout CountedRandom) -> RGBColor {
        switch cover {
        case .fill(let color): return color
        case .noise:
            let bits = noise.next()
            return RGBColor(
                red: UInt8(truncatingIfNeeded: bits), green: UInt8(truncatingIfNeeded: bits >> 8),
                blue: UInt8(truncatingIfNeeded: bits >> 16))
        }
    }
}
