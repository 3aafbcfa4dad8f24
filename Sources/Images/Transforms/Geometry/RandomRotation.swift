/// Turns by an angle drawn from a range: torchvision's `RandomRotation`, pixel for pixel what it makes of an image
/// read by Pillow.
public struct RandomRotation: ImageTransform, Hashable {
    /// The angles in degrees, counterclockwise, each with the same chance.
    public let degrees: ClosedRange<Double>

    /// How the image is read between its pixels.
    public let sampling: Sampling

    /// Whether the result grows so that no corner is lost.
    public let expands: Bool

    /// What stays in its place; the middle where nil.
    public let center: PixelPoint?

    /// The color of what comes from beyond the image.
    public let fill: RGBColor

    /// Angles of a range.
    public init(
        degrees: ClosedRange<Double>, sampling: Sampling = .nearest, expands: Bool = false, center: PixelPoint? = nil,
        fill: RGBColor = .black
    ) {
        precondition(degrees.lowerBound.isFinite && degrees.upperBound.isFinite, "Angles are finite.")
        self.degrees = degrees
        self.sampling = sampling
        self.expands = expands
        self.center = center
        self.fill = fill
    }

    /// Angles of at most this many degrees, either way.
    public init(
        degrees: Double, sampling: Sampling = .nearest, expands: Bool = false, center: PixelPoint? = nil,
        fill: RGBColor = .black
    ) {
        precondition(degrees >= 0, "An angle either way is given without a sign.")
        self.init(degrees: -degrees...degrees, sampling: sampling, expands: expands, center: center, fill: fill)
    }

    /// Draws the angle, in degrees.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> Double {
        random.uniform(in: degrees)
    }

    /// The image, turned.
    public func apply(_ parameters: Double, to image: Image) -> Image {
        image.rotated(degrees: parameters, sampling: sampling, expands: expands, center: center, fill: fill)
    }
}
