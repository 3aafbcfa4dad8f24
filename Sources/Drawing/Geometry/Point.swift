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
