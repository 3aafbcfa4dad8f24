/// A width and a height, in points of 1/96 inch, which pages call pixels.
public struct Size: Sendable, Hashable {
    public var width: Double, height: Double

    /// The size of its sides.
    public init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }
}
