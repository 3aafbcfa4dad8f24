#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Cuts out a rectangle of random area, proportions and place, and resizes it: torchvision's `RandomResizedCrop`, after
/// Szegedy et al., "Going Deeper with Convolutions", 2014.
public struct RandomResizedCrop: GeometricTransform, Hashable {
    /// The size that comes out.
    public let size: PixelSize

    /// The rectangle's fraction of the image's area.
    public let scale: ClosedRange<Double>

    /// The rectangle's width by its height. Its logarithm is what is drawn uniformly.
    public let aspectRatio: ClosedRange<Double>

    /// The filter that the rectangle is resized with.
    public let interpolation: Interpolation

    /// A square comes out.
    public init(
        _ side: Int, scale: ClosedRange<Double> = 0.08...1, aspectRatio: ClosedRange<Double> = (3 / 4)...(4 / 3),
        interpolation: Interpolation = .bilinear
    ) {
        self.init(
            width: side, height: side, scale: scale, aspectRatio: aspectRatio, interpolation: interpolation)
    }

    /// A rectangle comes out.
    public init(
        width: Int, height: Int, scale: ClosedRange<Double> = 0.08...1,
        aspectRatio: ClosedRange<Double> = (3 / 4)...(4 / 3), interpolation: Interpolation = .bilinear
    ) {
        precondition(width > 0 && height > 0, "A crop has at least one pixel.")
        precondition(scale.lowerBound > 0 && aspectRatio.lowerBound > 0, "Areas and proportions are above zero.")
        size = PixelSize(width: width, height: height)
        self.scale = scale
        self.aspectRatio = aspectRatio
        self.interpolation = interpolation
    }

    /// Draws the rectangle: at most ten tries, then the middle.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> PixelRectangle {
        let logarithms = log(aspectRatio.lowerBound)...log(aspectRatio.upperBound)
        for _ in 0..<10 {
            let share = random.uniform(in: scale)
            let ratio = exp(random.uniform(in: logarithms))
            if let size = Self.size(width: width, height: height, share: share, aspectRatio: ratio) {
                let y = random.uniform(below: height - size.height + 1)
                let x = random.uniform(below: width - size.width + 1)
                return PixelRectangle(x: x, y: y, width: size.width, height: size.height)
            }
        }
        return fallback(width: width, height: height)
    }

    /// The size of a rectangle of this fraction and these proportions, or nil where it does not fit.
    static func size(width: Int, height: Int, share: Double, aspectRatio: Double) -> PixelSize? {
        let area = Double(width * height) * share
        let cropWidth = (area * aspectRatio).squareRoot().rounded(.toNearestOrEven)
        let cropHeight = (area / aspectRatio).squareRoot().rounded(.toNearestOrEven)
        guard cropWidth > 0, cropHeight > 0, cropWidth <= Double(width), cropHeight <= Double(height) else {
            return nil
        }
        return PixelSize(width: Int(cropWidth), height: Int(cropHeight))
    }

    /// The middle of the image, as much of it as the proportions allow. Unlike `CenterCrop` it rounds down.
    func fallback(width: Int, height: Int) -> PixelRectangle {
        let ratio = Double(width) / Double(height)
        var crop = PixelSize(width: width, height: height)
        if ratio < aspectRatio.lowerBound {
            crop.height = Int((Double(width) / aspectRatio.lowerBound).rounded(.toNearestOrEven))
        } else if ratio > aspectRatio.upperBound {
            crop.width = Int((Double(height) * aspectRatio.upperBound).rounded(.toNearestOrEven))
        }
        // An image of one row or column may round to nothing; torchvision fails there.
        crop.width = max(1, crop.width)
        crop.height = max(1, crop.height)
        return PixelRectangle(
            x: (width - crop.width) / 2, y: (height - crop.height) / 2, width: crop.width, height: crop.height)
    }

    /// Adds this step to an image that is yet to be drawn.
    public func apply(_ parameters: PixelRectangle, to rendering: inout ImageRendering) {
        rendering.crop(to: parameters)
        rendering.resize(to: size, interpolation: interpolation)
    }
}
