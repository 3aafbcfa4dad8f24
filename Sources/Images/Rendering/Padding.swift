internal import CImage

/// Pixels to add on each side of an image.
public struct Padding: Sendable, Hashable, Codable {
    /// How many on that side.
    public var left: Int, top: Int, right: Int, bottom: Int

    /// The same on each side.
    public init(left: Int, top: Int, right: Int, bottom: Int) {
        precondition(left >= 0 && top >= 0 && right >= 0 && bottom >= 0, "Pixels are added, not taken away.")
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }

    /// As many on all sides.
    public init(_ all: Int) {
        self.init(left: all, top: all, right: all, bottom: all)
    }

    /// No more than there are.
    public static let none = Padding(0)

    /// The padded image, counted from the corner of an image of this size.
    func rectangle(width: Int, height: Int) -> PixelRectangle {
        PixelRectangle(x: -left, y: -top, width: left + width + right, height: top + height + bottom)
    }
}

/// What lies beyond the edges of an image: torchvision's `padding_mode`.
public enum PictureBorder: Sendable, Hashable {
    /// One color: torchvision's `constant`.
    case fill(RGBColor)
    /// The nearest pixel.
    case edge
    /// A mirror through the middle of the outermost pixels, which come once.
    case reflect
    /// A mirror at the edge: the outermost pixels come twice.
    case symmetric

    /// The value for the C code; it draws no color.
    var code: cimage_border {
        switch self {
        case .fill, .edge: CIMAGE_BORDER_EDGE
        case .reflect: CIMAGE_BORDER_REFLECT
        case .symmetric: CIMAGE_BORDER_SYMMETRIC
        }
    }
}
