internal import LibC

/// Rotates, translates, scales and shears at random around the center: torchvision's `RandomAffine`, with the same
/// pixels for an image read by Pillow.
public struct RandomAffine: ImageTransform, Hashable {
    /// The range of angles in degrees, clockwise.
    public let degrees: ClosedRange<Double>

    /// The maximum horizontal and vertical translation, as fractions of the image's width and height; nil for none.
    public let translation: PixelPoint?

    /// The range of scale factors; nil for 1.
    public let scale: ClosedRange<Double>?

    /// The shear along the x axis, in degrees; nil for none.
    public let shearX: ClosedRange<Double>?

    /// The shear along the y axis, in degrees; nil for none.
    public let shearY: ClosedRange<Double>?

    /// The interpolation between pixels.
    public let sampling: Sampling

    /// The color of pixels from beyond the image.
    public let fill: RGBColor

    /// The fixed point, apart from the translation; nil for the center of the image.
    public let center: PixelPoint?

    /// Creates a transform with uniformly distributed parameters. Parts that are left out have no effect.
    public init(
        degrees: ClosedRange<Double>, translation: PixelPoint? = nil, scale: ClosedRange<Double>? = nil,
        shearX: ClosedRange<Double>? = nil, shearY: ClosedRange<Double>? = nil, sampling: Sampling = .nearest,
        fill: RGBColor = .black, center: PixelPoint? = nil
    ) {
        precondition(scale.map { $0.lowerBound > 0 } != false, "the scale must be above 0")
        precondition(
            translation.map { (0...1).contains($0.x) && (0...1).contains($0.y) } != false,
            "translations must be fractions of the image from 0 to 1")
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

    /// Applies the motion to the image.
    public func apply(_ parameters: AffineMotion, to image: Image) -> Image {
        image.moved(parameters, sampling: sampling, center: center, fill: fill)
    }
}

/// A rotation, translation, scale and shear: the parameters of torchvision's `affine`.
public struct AffineMotion: Sendable, Hashable {
    /// The rotation in degrees, clockwise.
    public var degrees: Double
    /// The translation to the right, in pixels.
    public var right: Int
    /// The translation downwards, in pixels.
    public var down: Int
    /// The scale factor: above 1 the image grows.
    public var scale: Double
    /// The shear along the x axis, in degrees.
    public var shearX: Double
    /// The shear along the y axis, in degrees.
    public var shearY: Double

    /// Creates a motion from its parts. Parts that are left out have no effect.
    public init(
        degrees: Double = 0, right: Int = 0, down: Int = 0, scale: Double = 1, shearX: Double = 0, shearY: Double = 0
    ) {
        precondition(scale > 0, "the scale must be above 0")
        self.degrees = degrees
        self.right = right
        self.down = down
        self.scale = scale
        self.shearX = shearX
        self.shearY = shearY
    }

    /// The source position of each pixel: the inverse of the motion around a center, computed step by step as in
    /// torchvision.
    func warp(center: PixelPoint) -> Warp {
        let radians = Double.pi / 180
        let (turn, x, y) = (degrees * radians, shearX * radians, shearY * radians)
        let a = cos(turn - y) / cos(y)
        let b = -cos(turn - y) * tan(x) / cos(y) - sin(turn)
        let c = sin(turn - y) / cos(y)
        let d = -sin(turn - y) * tan(x) / cos(y) + cos(turn)
        let (m0, m1, m3, m4) = (d / scale, -b / scale, -c / scale, a / scale)
        let (left, up) = (-center.x - Double(right), -center.y - Double(down))
        return Warp(
            a: m0, b: m1, c: (m0 * left + m1 * up) + center.x, d: m3, e: m4,
            f: (m3 * left + m4 * up) + center.y)
    }
}

extension Image {
    /// The image after the motion, with unchanged size: torchvision's `affine`, bit for bit.
    ///
    /// - Parameters:
    ///   - motion: The rotation, translation, scale and shear.
    ///   - sampling: The interpolation between pixels.
    ///   - center: The fixed point of rotation, scale and shear; nil for the center of the image.
    ///   - fill: The color of pixels from beyond the image.
    public func moved(
        _ motion: AffineMotion, sampling: Sampling = .nearest, center: PixelPoint? = nil, fill: RGBColor = .black
    ) -> Image {
        let center = center ?? PixelPoint(x: Double(width) * 0.5, y: Double(height) * 0.5)
        return motion.warp(center: center).image(
            of: self, size: PixelSize(width: width, height: height), sampling: sampling, fill: fill)
    }
}
