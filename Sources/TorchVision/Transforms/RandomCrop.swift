/// Cuts out a rectangle at a random place: torchvision's `RandomCrop`.
///
/// Where torchvision refuses a picture smaller than the crop, this adds black around it, as `CenterCrop` does.
public struct RandomCrop: GeometricTransform, Hashable {
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

    /// Draws the place: every place at which the crop fits has the same chance.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> PixelRectangle {
        let y = offset(of: size.height, in: height, using: &random)
        let x = offset(of: size.width, in: width, using: &random)
        return PixelRectangle(x: x, y: y, width: size.width, height: size.height)
    }

    /// Adds this step to a picture that is yet to be drawn.
    public func apply(_ parameters: PixelRectangle, to rendering: inout ImageRendering) {
        rendering.crop(to: parameters)
    }

    private func offset(of crop: Int, in length: Int, using random: inout CountedRandom) -> Int {
        crop <= length ? random.uniform(below: length - crop + 1) : CenterCrop.offset(of: crop, in: length)
    }
}
