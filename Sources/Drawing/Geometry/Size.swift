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
