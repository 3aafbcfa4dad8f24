#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A turn, a shift, a change of size and a shear: what torchvision's `affine` takes.
public struct AffineMotion: Sendable, Hashable {
    /// The turn in degrees, clockwise.
    public var degrees: Double
    /// The shift to the right, in pixels.
    public var right: Int
    /// The shift downwards, in pixels.
    public var down: Int
    /// The new size by the old one: above 1 the image grows.
    public var scale: Double
    /// The shear along the x axis, in degrees.
    public var shearX: Double
    /// The shear along the y axis, in degrees.
    public var shearY: Double

    /// A motion from its parts, of which those left out do nothing.
    public init(
        degrees: Double = 0, right: Int = 0, down: Int = 0, scale: Double = 1, shearX: Double = 0, shearY: Double = 0
    ) {
        precondition(scale > 0, "An image's size is multiplied by a number above zero.")
        self.degrees = degrees
        self.right = right
        self.down = down
        self.scale = scale
        self.shearX = shearX
        self.shearY = shearY
    }

    /// Where each pixel comes from: the inverse of the motion about a center, computed step by step as torchvision
    /// does.
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
    /// The image moved, in a frame of its own size: torchvision's `affine`, bit for bit.
    ///
    /// - Parameters:
    ///   - motion: the rotation, translation, scale and shear.
    ///   - sampling: how it is read between pixels.
    ///   - center: what a turn, a change of size and a shear leave in its place; the middle where nil.
    ///   - fill: the color of what comes from beyond the image.
    public func moved(
        _ motion: AffineMotion, sampling: Sampling = .nearest, center: PixelPoint? = nil, fill: RGBColor = .black
    ) -> Image {
        let center = center ?? PixelPoint(x: Double(width) * 0.5, y: Double(height) * 0.5)
        return motion.warp(center: center).image(
            of: self, size: PixelSize(width: width, height: height), sampling: sampling, fill: fill)
    }
}
