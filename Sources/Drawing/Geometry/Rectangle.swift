/// A rectangle with upright sides, in points.
public struct Rectangle: Sendable, Hashable {
    public var x: Double, y: Double, width: Double, height: Double

    /// The rectangle with its upper left corner at a place.
    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The rectangle of a size with its upper left corner at a place.
    public init(at origin: Point = Point(x: 0, y: 0), _ size: Size) {
        self.init(x: origin.x, y: origin.y, width: size.width, height: size.height)
    }

    /// The left side.
    public var left: Double { x }
    /// The upper side.
    public var top: Double { y }
    /// The right side.
    public var right: Double { x + width }
    /// The lower side.
    public var bottom: Double { y + height }
    /// The middle.
    public var center: Point { Point(x: x + width / 2, y: y + height / 2) }
    /// Its sides.
    public var size: Size { Size(width: width, height: height) }

    /// The rectangle without a margin at each side; a side that is too short for it becomes 0.
    public func inset(left: Double = 0, top: Double = 0, right: Double = 0, bottom: Double = 0) -> Rectangle {
        Rectangle(
            x: x + left, y: y + top, width: max(0, width - left - right), height: max(0, height - top - bottom))
    }

    /// The rectangle without the same margin at every side.
    public func inset(by margin: Double) -> Rectangle {
        inset(left: margin, top: margin, right: margin, bottom: margin)
    }

    /// The largest rectangle of a picture's proportions that fits in this one, in its middle.
    public func fitting(width pictureWidth: Double, height pictureHeight: Double) -> Rectangle {
        guard pictureWidth > 0, pictureHeight > 0 else {
            return Rectangle(x: center.x, y: center.y, width: 0, height: 0)
        }
        let scale = min(width / pictureWidth, height / pictureHeight)
        let (fittedWidth, fittedHeight) = (pictureWidth * scale, pictureHeight * scale)
        return Rectangle(
            x: center.x - fittedWidth / 2, y: center.y - fittedHeight / 2, width: fittedWidth, height: fittedHeight)
    }
}

extension Rectangle {
    func contains(_ point: Point) -> Bool {
        point.x >= left && point.x <= right && point.y >= top && point.y <= bottom
    }
}

/// A place, in points of 1/96 inch from the upper left corner.
public struct Point: Sendable, Hashable {
    public var x: Double, y: Double

    /// The place so far to the right and so far down.
    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }

    var isFinite: Bool { x.isFinite && y.isFinite }
}

/// A width and a height, in points of 1/96 inch, which pages call pixels.
public struct Size: Sendable, Hashable {
    public var width: Double, height: Double

    /// The size of its sides.
    public init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    /// The size in whole points, so that pixels at the edges are covered.
    var roundedUp: Size { Size(width: width.rounded(.up), height: height.rounded(.up)) }
}
