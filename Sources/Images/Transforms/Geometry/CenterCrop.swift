/// Cuts out the middle: torchvision's `CenterCrop`.
///
/// Where the distance to both edges cannot be equal, torchvision rounds half to even, as Python does. An image smaller
/// than the crop gets black around it, of which the odd pixel goes right and below.
public struct CenterCrop: GeometricTransform, Hashable {
    /// The size that comes out.
    public let size: PixelSize

    /// A square.
    public init(_ side: Int) {
        self.init(width: side, height: side)
    }

    /// A rectangle.
    public init(width: Int, height: Int) {
        precondition(width > 0 && height > 0, "A crop has at least one pixel.")
        size = PixelSize(width: width, height: height)
    }

    /// The middle of an image of this size. Nothing is drawn at random.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> PixelRectangle {
        rectangle(width: width, height: height)
    }

    /// The middle of an image of this size.
    public func rectangle(width: Int, height: Int) -> PixelRectangle {
        PixelRectangle(
            x: Self.offset(of: size.width, in: width), y: Self.offset(of: size.height, in: height), width: size.width,
            height: size.height)
    }

    /// Adds this step to an image that is yet to be drawn.
    public func apply(_ parameters: PixelRectangle, to rendering: inout ImageRendering) {
        rendering.crop(to: parameters)
    }

    /// Where a crop begins along one side: behind the image's edge, or before it, where padding is needed.
    static func offset(of crop: Int, in length: Int) -> Int {
        guard crop <= length else { return -((crop - length) / 2) }
        return Int((Double(length - crop) / 2).rounded(.toNearestOrEven))
    }
}

/// Adds pixels on each side: torchvision's `Pad`.
public struct Pad: GeometricTransform, Hashable {
    /// How many.
    public let padding: Padding

    /// What they show.
    public let border: PictureBorder

    /// This many pixels of a border.
    public init(_ padding: Padding, border: PictureBorder = .fill(.black)) {
        self.padding = padding
        self.border = border
    }

    /// Nothing is drawn at random.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) {}

    /// Adds this step to an image that is yet to be drawn.
    public func apply(_ parameters: Void, to rendering: inout ImageRendering) {
        rendering.pad(padding, border: border)
    }
}
