/// Resizes with Pillow's antialiased filters: torchvision's `Resize` on images read by Pillow, pixel for pixel.
public struct Resize: GeometricTransform, Hashable {
    enum Target: Sendable, Hashable {
        case shortSide(Int)
        case exactly(PixelSize)
    }

    /// The output size of an image's size.
    let target: Target

    /// The filter.
    public let interpolation: Interpolation

    /// Resizes the short side to this length and keeps the proportions: torchvision's `Resize(size)`.
    public init(shortSide: Int, interpolation: Interpolation = .bilinear) {
        precondition(shortSide > 0, "a side must have at least one pixel")
        self.interpolation = interpolation
        target = .shortSide(shortSide)
    }

    /// Resizes to exactly this size and ignores the proportions: torchvision's `Resize((height, width))`.
    public init(width: Int, height: Int, interpolation: Interpolation = .bilinear) {
        precondition(width > 0 && height > 0, "a side must have at least one pixel")
        self.interpolation = interpolation
        target = .exactly(PixelSize(width: width, height: height))
    }

    /// The output size for an image of this size.
    public func size(width: Int, height: Int) -> PixelSize {
        switch target {
        case .exactly(let size): return size
        case .shortSide(let side):
            // The long side is truncated, like Python's `int(size * long / short)`. Beyond the bound an image would not
            // fit into memory, but a crop of it can still be drawn.
            let long = side.multipliedReportingOverflow(by: max(width, height))
            let scaled = long.overflow ? Self.longest : min(long.partialValue / min(width, height), Self.longest)
            return width <= height ? PixelSize(width: side, height: scaled) : PixelSize(width: scaled, height: side)
        }
    }

    private static let longest = 1 << 27

    /// The output size. Nothing is random.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> PixelSize {
        size(width: width, height: height)
    }

    /// Adds this step to a rendering.
    public func apply(_ parameters: PixelSize, to rendering: inout ImageRendering) {
        rendering.resize(to: parameters, interpolation: interpolation)
    }
}

/// Fits the whole image into a frame without changing its proportions, and fills the rest.
///
/// Sizes and positions are those of YOLO's `LetterBox` (Ultralytics): sides rounded half to even, the image in the
/// center with an odd pixel at the right and bottom, and gray 114 around it. The pixels are those of Pillow's
/// antialiased resize.
public struct Letterbox: GeometricTransform, Hashable {
    /// YOLO's fill gray.
    public static let gray = RGBColor(red: 114, green: 114, blue: 114)

    /// The size of the frame.
    public let size: PixelSize

    /// The color around the image.
    public let fill: RGBColor

    /// The filter of the resize.
    public let interpolation: Interpolation

    /// Creates a square frame.
    public init(_ side: Int, fill: RGBColor = Letterbox.gray, interpolation: Interpolation = .bilinear) {
        self.init(width: side, height: side, fill: fill, interpolation: interpolation)
    }

    /// Creates a frame of any proportions.
    public init(
        width: Int, height: Int, fill: RGBColor = Letterbox.gray, interpolation: Interpolation = .bilinear
    ) {
        precondition(width > 0 && height > 0, "a frame must have at least one pixel")
        size = PixelSize(width: width, height: height)
        self.fill = fill
        self.interpolation = interpolation
    }

    /// The rectangle of an image of this size in the frame.
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

    /// The image's rectangle in the frame. Nothing is random.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> PixelRectangle {
        rectangle(width: width, height: height)
    }

    /// Adds this step to a rendering.
    public func apply(_ parameters: PixelRectangle, to rendering: inout ImageRendering) {
        rendering.resize(
            to: PixelSize(width: parameters.width, height: parameters.height), interpolation: interpolation)
        rendering.crop(
            to: PixelRectangle(x: -parameters.x, y: -parameters.y, width: size.width, height: size.height),
            border: .fill(fill))
    }
}
