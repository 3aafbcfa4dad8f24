internal import CImage

/// A rectangle of pixels, relative to the top left corner of an image. It may extend beyond the image.
public struct PixelRectangle: Sendable, Hashable, Codable {
    /// The leftmost column.
    public var x: Int
    /// The topmost row.
    public var y: Int
    /// The width in pixels.
    public var width: Int
    /// The height in pixels.
    public var height: Int

    /// Creates a rectangle from its corner and size.
    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The rectangle of a whole image of this size.
    init(_ size: PixelSize) {
        self.init(x: 0, y: 0, width: size.width, height: size.height)
    }

    /// The column after the last.
    var maxX: Int { x + width }

    /// The row after the last.
    var maxY: Int { y + height }

    /// The intersection of two rectangles, or nil.
    func intersection(_ other: PixelRectangle) -> PixelRectangle? {
        let left = max(x, other.x)
        let top = max(y, other.y)
        let right = min(maxX, other.maxX)
        let bottom = min(maxY, other.maxY)
        guard left < right, top < bottom else { return nil }
        return PixelRectangle(x: left, y: top, width: right - left, height: bottom - top)
    }
}

/// The size of an image.
public struct PixelSize: Sendable, Hashable, Codable {
    /// The width in pixels.
    public var width: Int
    /// The height in pixels.
    public var height: Int

    /// Creates a size from its sides.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }
}

/// Pixels to add on each side of an image.
public struct Padding: Sendable, Hashable, Codable {
    /// The number of pixels on that side.
    public var left: Int, top: Int, right: Int, bottom: Int

    /// Creates a padding with the number of pixels on each side.
    public init(left: Int, top: Int, right: Int, bottom: Int) {
        precondition(left >= 0 && top >= 0 && right >= 0 && bottom >= 0, "padding must not be negative")
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }

    /// Creates an equal padding on all sides.
    public init(_ all: Int) {
        self.init(left: all, top: all, right: all, bottom: all)
    }

    /// No padding.
    public static let none = Padding(0)

    /// The rectangle of the padded image, relative to the corner of an image of this size.
    func rectangle(width: Int, height: Int) -> PixelRectangle {
        PixelRectangle(x: -left, y: -top, width: left + width + right, height: top + height + bottom)
    }
}

/// The pixels beyond the edges of an image: torchvision's `padding_mode`.
public enum ImageBorder: Sendable, Hashable {
    /// One color: torchvision's `constant`.
    case fill(RGBColor)
    /// The nearest pixel.
    case edge
    /// A mirror through the center of the outermost pixels, which are not repeated.
    case reflect
    /// A mirror at the edge, which repeats the outermost pixels.
    case symmetric

    /// The value for the C code, which does not draw a color.
    var code: cimage_border {
        switch self {
        case .fill, .edge: CIMAGE_BORDER_EDGE
        case .reflect: CIMAGE_BORDER_REFLECT
        case .symmetric: CIMAGE_BORDER_SYMMETRIC
        }
    }
}
