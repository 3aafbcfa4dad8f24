internal import LibC

/// Erases a rectangle of random area, proportions and position: Zhong et al., "Random Erasing Data Augmentation", 2017
/// (arXiv:1708.04896).
///
/// The rectangle is drawn as in torchvision's `RandomErasing`. torchvision works on normalized tensors, where noise is
/// normally distributed and 0 is ImageNet's mean. This transform works on 8-bit pixels, where noise is uniformly
/// distributed, as in the paper, and the fill is a color.
public struct RandomErasing: ImageTransform, Hashable {
    /// The content of the erased rectangle.
    public enum Cover: Sendable, Hashable {
        /// One color.
        case fill(RGBColor)
        /// A random color for each pixel.
        case noise
    }

    /// The drawn parameters.
    public struct Erasure: Sendable, Hashable {
        /// The erased rectangle.
        public var rectangle: PixelRectangle
        /// The seed of the noise.
        public var seed: UInt64

        /// Creates an erasure from its parts.
        public init(rectangle: PixelRectangle, seed: UInt64 = 0) {
            self.rectangle = rectangle
            self.seed = seed
        }
    }

    /// The probability of erasing, from 0 to 1.
    public let probability: Double

    /// The range of the rectangle's fraction of the image's area.
    public let scale: ClosedRange<Double>

    /// The range of the rectangle's height divided by its width. Its logarithm is uniformly distributed.
    public let ratio: ClosedRange<Double>

    /// The content of the erased rectangle.
    public let cover: Cover

    /// Creates the transform with this probability.
    public init(
        probability: Double = 0.5, scale: ClosedRange<Double> = 0.02...0.33, ratio: ClosedRange<Double> = 0.3...3.3,
        cover: Cover = .fill(.black)
    ) {
        precondition((0...1).contains(probability), "a probability must be from 0 to 1")
        precondition(
            scale.lowerBound >= 0 && scale.upperBound <= 1 && ratio.lowerBound > 0,
            "fractions of the area must be from 0 to 1, and ratios above 0")
        self.probability = probability
        self.scale = scale
        self.ratio = ratio
        self.cover = cover
    }

    /// Draws the rectangle in at most ten tries; nil if nothing is erased, or if none of them is smaller than the
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

    /// The size of a rectangle with this fraction and these proportions, or nil if it is not smaller than the image.
    static func size(width: Int, height: Int, share: Double, ratio: Double) -> PixelSize? {
        let area = Double(width * height) * share
        let across = (area / ratio).squareRoot().rounded(.toNearestOrEven)
        let down = (area * ratio).squareRoot().rounded(.toNearestOrEven)
        guard across < Double(width), down < Double(height) else { return nil }
        return PixelSize(width: Int(across), height: Int(down))
    }

    /// The image with the rectangle erased.
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
