/// Turns, shifts, scales and shears at random about the middle: torchvision's `RandomAffine`, pixel for pixel what it
/// makes of an image read by Pillow.
public struct RandomAffine: ImageTransform, Hashable {
    /// The angles in degrees, clockwise.
    public let degrees: ClosedRange<Double>

    /// The longest shift either way, across and down, in fractions of the image's width and height; nil for none.
    public let translation: PixelPoint?

    /// What the size is multiplied by; nil for 1.
    public let scale: ClosedRange<Double>?

    /// The shear along the x axis, in degrees; nil for none.
    public let shearX: ClosedRange<Double>?

    /// The shear along the y axis, in degrees; nil for none.
    public let shearY: ClosedRange<Double>?

    /// How the image is read between its pixels.
    public let sampling: Sampling

    /// The color of what comes from beyond the image.
    public let fill: RGBColor

    /// What stays in its place but for the shift; the middle where nil.
    public let center: PixelPoint?

    /// Motions of these ranges, each number with the same chance. What is left out is not done.
    public init(
        degrees: ClosedRange<Double>, translation: PixelPoint? = nil, scale: ClosedRange<Double>? = nil,
        shearX: ClosedRange<Double>? = nil, shearY: ClosedRange<Double>? = nil, sampling: Sampling = .nearest,
        fill: RGBColor = .black, center: PixelPoint? = nil
    ) {
        precondition(scale.map { $0.lowerBound > 0 } != false, "A size is multiplied by a number above zero.")
        precondition(
            translation.map { (0...1).contains($0.x) && (0...1).contains($0.y) } != false,
            "A shift is a fraction of the image, from 0 to 1.")
        self.degrees = degrees
        self.translation = translation
        self.scale = scale
        self.shearX = shearX
        self.shearY = shearY
        self.sampling = sampling
        self.fill = fill
        self.center = center
    }

    /// Draws the motion.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> AffineMotion {
        var motion = AffineMotion(degrees: random.uniform(in: degrees))
        if let translation {
            motion.right = Self.shift(translation.x * Double(width), using: &random)
            motion.down = Self.shift(translation.y * Double(height), using: &random)
        }
        if let scale { motion.scale = random.uniform(in: scale) }
        if let shearX { motion.shearX = random.uniform(in: shearX) }
        if let shearY { motion.shearY = random.uniform(in: shearY) }
        return motion
    }

    private static func shift(_ longest: Double, using random: inout CountedRandom) -> Int {
        Int(random.uniform(in: -longest...longest).rounded(.toNearestOrEven))
    }

    /// The image, moved.
    public func apply(_ parameters: AffineMotion, to image: Image) -> Image {
        image.moved(parameters, sampling: sampling, center: center, fill: fill)
    }
}
