/// Pixels to add on each side of a picture.
public struct Padding: Sendable, Hashable, Codable {
    /// How many on that side.
    public var left: Int, top: Int, right: Int, bottom: Int

    /// So many on each side.
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

    /// The padded picture, counted from the corner of a picture of this size.
    func rectangle(width: Int, height: Int) -> PixelRectangle {
        PixelRectangle(x: -left, y: -top, width: left + width + right, height: top + height + bottom)
    }
}
