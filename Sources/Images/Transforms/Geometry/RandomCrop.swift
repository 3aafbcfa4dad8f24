internal import LibC

/// Crops a rectangle at a random position, of an image that may be padded first: torchvision's `RandomCrop`.
///
/// torchvision rejects an image smaller than the crop; here a border is added around it, as in `CenterCrop`.
public struct RandomCrop: GeometricTransform, Hashable {
    /// The output size.
    public let size: PixelSize

    /// The pixels added on each side first.
    public let padding: Padding

    /// Whether an image that is still too small is padded on both sides, so that its position is random too.
    public let padsIfNeeded: Bool

    /// The kind of border.
    public let border: ImageBorder

    /// Creates a square crop.
    public init(
        _ side: Int, padding: Padding = .none, padsIfNeeded: Bool = false, border: ImageBorder = .fill(.black)
    ) {
        self.init(width: side, height: side, padding: padding, padsIfNeeded: padsIfNeeded, border: border)
    }

    /// Creates a rectangular crop.
    public init(
        width: Int, height: Int, padding: Padding = .none, padsIfNeeded: Bool = false,
        border: ImageBorder = .fill(.black)
    ) {
        precondition(width > 0 && height > 0, "a crop must have at least one pixel")
        size = PixelSize(width: width, height: height)
        self.padding = padding
        self.padsIfNeeded = padsIfNeeded
        self.border = border
    }

    /// Draws the position relative to the corner of the padded image, uniformly over all positions at which the crop
    /// fits.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> PixelRectangle {
        let padded = padding.rectangle(width: width, height: height)
        let y = offset(of: size.height, in: padded.height, using: &random)
        let x = offset(of: size.width, in: padded.width, using: &random)
        return PixelRectangle(x: x, y: y, width: size.width, height: size.height)
    }

    /// Adds this step to a rendering.
    public func apply(_ parameters: PixelRectangle, to rendering: inout ImageRendering) {
        if padding != .none { rendering.pad(padding, border: border) }
        rendering.crop(to: parameters, border: border)
    }

    private func offset(of crop: Int, in length: Int, using random: inout CountedRandom) -> Int {
        if crop <= length { return random.uniform(below: length - crop + 1) }
        guard padsIfNeeded else { return CenterCrop.offset(of: crop, in: length) }
        // Missing pixels are added on both sides, and the crop starts within them.
        return random.uniform(in: (length - crop)...0)
    }
}

/// Crops a rectangle of random area, proportions and position, and resizes it: torchvision's `RandomResizedCrop`, after
/// Szegedy et al., "Going Deeper with Convolutions", 2014.
public struct RandomResizedCrop: GeometricTransform, Hashable {
    /// The output size.
    public let size: PixelSize

    /// The range of the rectangle's fraction of the image's area.
    public let scale: ClosedRange<Double>

    /// The range of the rectangle's width divided by its height. Its logarithm is uniformly distributed.
    public let aspectRatio: ClosedRange<Double>

    /// The filter of the resize.
    public let interpolation: Interpolation

    /// Creates a transform with a square output.
    public init(
        _ side: Int, scale: ClosedRange<Double> = 0.08...1, aspectRatio: ClosedRange<Double> = (3 / 4)...(4 / 3),
        interpolation: Interpolation = .bilinear
    ) {
        self.init(
            width: side, height: side, scale: scale, aspectRatio: aspectRatio, interpolation: interpolation)
    }

    /// Creates a transform with a rectangular output.
    public init(
        width: Int, height: Int, scale: ClosedRange<Double> = 0.08...1,
        aspectRatio: ClosedRange<Double> = (3 / 4)...(4 / 3), interpolation: Interpolation = .bilinear
    ) {
        precondition(width > 0 && height > 0, "a crop must have at least one pixel")
        precondition(scale.lowerBound > 0 && aspectRatio.lowerBound > 0, "`scale` and `aspectRatio` must be above 0")
        size = PixelSize(width: width, height: height)
        self.scale = scale
        self.aspectRatio = aspectRatio
        self.interpolation = interpolation
    }

    /// Draws the rectangle in at most ten tries; otherwise uses the center.
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

    /// The size of a rectangle with this fraction and these proportions, or nil if it does not fit.
    static func size(width: Int, height: Int, share: Double, aspectRatio: Double) -> PixelSize? {
        let area = Double(width * height) * share
        let cropWidth = (area * aspectRatio).squareRoot().rounded(.toNearestOrEven)
        let cropHeight = (area / aspectRatio).squareRoot().rounded(.toNearestOrEven)
        guard cropWidth > 0, cropHeight > 0, cropWidth <= Double(width), cropHeight <= Double(height) else {
            return nil
        }
        return PixelSize(width: Int(cropWidth), height: Int(cropHeight))
    }

    /// The center of the image, as large as the proportions allow. Unlike `CenterCrop` it rounds down.
    func fallback(width: Int, height: Int) -> PixelRectangle {
        let ratio = Double(width) / Double(height)
        var crop = PixelSize(width: width, height: height)
        if ratio < aspectRatio.lowerBound {
            crop.height = Int((Double(width) / aspectRatio.lowerBound).rounded(.toNearestOrEven))
        } else if ratio > aspectRatio.upperBound {
            crop.width = Int((Double(height) * aspectRatio.upperBound).rounded(.toNearestOrEven))
        }
        // An image with one row or column may round to zero; torchvision fails there.
        crop.width = max(1, crop.width)
        crop.height = max(1, crop.height)
        return PixelRectangle(
            x: (width - crop.width) / 2, y: (height - crop.height) / 2, width: crop.width, height: crop.height)
    }

    /// Adds this step to a rendering.
    public func apply(_ parameters: PixelRectangle, to rendering: inout ImageRendering) {
        rendering.crop(to: parameters)
        rendering.resize(to: size, interpolation: interpolation)
    }
}
