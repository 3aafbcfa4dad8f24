/// Fits the whole image into a frame without changing its proportions, and fills the rest.
///
/// Sizes and places are those of YOLO's `LetterBox` (Ultralytics): sides rounded half to even, the image in the
/// middle with the odd pixel right and below, and gray of 114 around it. The pixels are Pillow's antialiased resize's.
public struct Letterbox: GeometricTransform, Hashable {
    /// The gray that YOLO fills with.
    public static let grey = RGBColor(red: 114, green: 114, blue: 114)

    /// The frame.
    public let size: PixelSize

    /// The color around the image.
    public let fill: RGBColor

    /// The filter that the image is resized with.
    public let interpolation: Interpolation

    /// A square frame.
    public init(_ side: Int, fill: RGBColor = Letterbox.grey, interpolation: Interpolation = .bilinear) {
        self.init(width: side, height: side, fill: fill, interpolation: interpolation)
    }

    /// A frame of any proportions.
    public init(
        width: Int, height: Int, fill: RGBColor = Letterbox.grey, interpolation: Interpolation = .bilinear
    ) {
        precondition(width > 0 && height > 0, "A frame has at least one pixel.")
        size = PixelSize(width: width, height: height)
        self.fill = fill
        self.interpolation = interpolation
    }

    /// Where in the frame an image of this size comes to lie.
    public func rectangle(width: Int, height: Int) -> PixelRectangle {
        let ratio = min(Double(size.height) / Double(height), Double(size.width) / Double(width))
        func scaled(_ length: Int, _ limit: Int) -> Int {
            min(limit, max(1, Int((Double(length) * ratio).rounded(.toNearestOrEven))))
        }
        let (fittedWidth, fittedHeight) = (scaled(width, size.width), scaled(height, size.height))
        return PixelRectangle(
            x: (size.width - fittedWidth) / 2, y: (size.height - fittedHeight) / 2, width: fittedWidth,
            height: fittedHeight)
    }

    /// The image's place in the frame. Nothing is drawn at random.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> PixelRectangle {
        rectangle(width: width, height: height)
    }

    /// Adds this step to an image that is yet to be drawn.
    public func apply(_ parameters: PixelRectangle, to rendering: inout ImageRendering) {
        rendering.resize(
            to: PixelSize(width: parameters.width, height: parameters.height), interpolation: interpolation)
        rendering.crop(
            to: PixelRectangle(x: -parameters.x, y: -parameters.y, width: size.width, height: size.height),
            border: .fill(fill))
    }
}
