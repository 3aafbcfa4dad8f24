/// Cuts out a rectangle at a random place, of an image that may be padded before: torchvision's `RandomCrop`.
///
/// Where torchvision refuses an image smaller than the crop, this adds border around it, as `CenterCrop` does.
public struct RandomCrop: GeometricTransform, Hashable {
    /// The size that comes out.
    public let size: PixelSize

    /// Pixels added on each side before.
    public let padding: Padding

    /// Whether an image that is too small even so gets what it lacks on both sides, so that its place is random too.
    public let padsIfNeeded: Bool

    /// What added pixels show.
    public let border: PictureBorder

    /// A square.
    public init(
        _ side: Int, padding: Padding = .none, padsIfNeeded: Bool = false, border: PictureBorder = .fill(.black)
    ) {
        self.init(width: side, height: side, padding: padding, padsIfNeeded: padsIfNeeded, border: border)
    }

    /// A rectangle.
    public init(
        width: Int, height: Int, padding: Padding = .none, padsIfNeeded: Bool = false,
        border: PictureBorder = .fill(.black)
    ) {
        precondition(width > 0 && height > 0, "A crop has at least one pixel.")
        size = PixelSize(width: width, height: height)
        self.padding = padding
        self.padsIfNeeded = padsIfNeeded
        self.border = border
    }

    /// Draws the place, counted from the corner of the padded image: every place at which the crop fits has the same
    /// chance.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> PixelRectangle {
        let padded = padding.rectangle(width: width, height: height)
        let y = offset(of: size.height, in: padded.height, using: &random)
        let x = offset(of: size.width, in: padded.width, using: &random)
        return PixelRectangle(x: x, y: y, width: size.width, height: size.height)
    }

    /// Adds this step to an image that is yet to be drawn.
    public func apply(_ parameters: PixelRectangle, to rendering: inout ImageRendering) {
        if padding != .none { rendering.pad(padding, border: border) }
        rendering.crop(to: parameters, border: border)
    }

    private func offset(of crop: Int, in length: Int, using random: inout CountedRandom) -> Int {
        if crop <= length { return random.uniform(below: length - crop + 1) }
        guard padsIfNeeded else { return CenterCrop.offset(of: crop, in: length) }
        // What lacks is added before and behind, and the crop begins within it.
        return random.uniform(in: (length - crop)...0)
    }
}
