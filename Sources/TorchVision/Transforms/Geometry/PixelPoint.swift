/// A place in a picture, counted in pixels from its top left corner: the middle of the first pixel is (0.5, 0.5).
public struct PixelPoint: Sendable, Hashable, Codable {
    /// To the right.
    public var x: Double
    /// Downwards.
    public var y: Double

    /// A place from its distances.
    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}
