/// An axis-aligned rectangle, in points.
public struct Rectangle: Sendable, Hashable {
    public var x: Double, y: Double, width: Double, height: Double

    /// Creates a rectangle from its top left corner and its size.
    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// Creates a rectangle of a size from its top left corner.
    public init(at origin: Point = Point(x: 0, y: 0), _ size: Size) {
        self.init(x: origin.x, y: origin.y, width: size.width, height: size.height)
    }

    /// The x coordinate of the left edge.
    public var left: Double { x }
    /// The y coordinate of the top edge.
    public var top: Double { y }
    /// The x coordinate of the right edge.
    public var right: Double { x + width }
    /// The y coordinate of the bottom edge.
    public var bottom: Double { y + height }
    /// The center.
    public var center: Point { Point(x: x + width / 2, y: y + height / 2) }
    /// The width and height.
    public var size: Size { Size(width: width, height: height) }

    /// Returns the rectangle without a margin at each edge. A width or height that is too small becomes 0.
    public func inset(left: Double = 0, top: Double = 0, right: Double = 0, bottom: Double = 0) -> Rectangle {
        Rectangle(
            x: x + left, y: y + top, width: max(0, width - left - right), height: max(0, height - top - bottom))
    }

    /// Returns the rectangle without a margin at all edges.
    public func inset(by margin: Double) -> Rectangle {
        inset(left: margin, top: margin, right: margin, bottom: margin)
    }

    /// Returns the largest centered rectangle with the aspect ratio of an image.
    public func fitting(width imageWidth: Double, height imageHeight: Double) -> Rectangle {
        guard imageWidth > 0, imageHeight > 0 else {
            return Rectangle(x: center.x, y: center.y, width: 0, height: 0)
        }
        let scale = min(width / imageWidth, height / imageHeight)
        let (fittedWidth, fittedHeight) = (imageWidth * scale, imageHeight * scale)
        return Rectangle(
            x: center.x - fittedWidth / 2, y: center.y - fittedHeight / 2, width: fittedWidth, height: fittedHeight)
    }
}

extension Rectangle {
    func contains(_ point: Point) -> Bool {
        point.x >= left && point.x <= right && point.y >= top && point.y <= bottom
    }
}

/// A position, in points of 1/96 inch from the top left corner.
public struct Point: Sendable, Hashable {
    public var x: Double, y: Double

    /// Creates a position from its coordinates.
    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }

    var isFinite: Bool { x.isFinite && y.isFinite }
}

/// A width and a height, in points of 1/96 inch, which are CSS pixels.
public struct Size: Sendable, Hashable {
    public var width: Double, height: Double

    /// Creates a size from its width and height.
    public init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    /// The size, rounded up to whole points.
    var roundedUp: Size { Size(width: width.rounded(.up), height: height.rounded(.up)) }
}
