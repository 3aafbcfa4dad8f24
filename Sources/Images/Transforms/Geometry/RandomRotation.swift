internal import LibC

/// Rotates by a random angle: torchvision's `RandomRotation`, with the same pixels for an image read by Pillow.
public struct RandomRotation: ImageTransform, Hashable {
    /// The range of angles in degrees, counterclockwise, uniformly distributed.
    public let degrees: ClosedRange<Double>

    /// The interpolation between pixels.
    public let sampling: Sampling

    /// Whether the result grows so that all corners are kept.
    public let expands: Bool

    /// The fixed point; nil for the center of the image.
    public let center: PixelPoint?

    /// The color of pixels from beyond the image.
    public let fill: RGBColor

    /// Creates a rotation by angles from a range.
    public init(
        degrees: ClosedRange<Double>, sampling: Sampling = .nearest, expands: Bool = false, center: PixelPoint? = nil,
        fill: RGBColor = .black
    ) {
        precondition(degrees.lowerBound.isFinite && degrees.upperBound.isFinite, "angles must be finite")
        self.degrees = degrees
        self.sampling = sampling
        self.expands = expands
        self.center = center
        self.fill = fill
    }

    /// Creates a rotation by at most this number of degrees in either direction.
    public init(
        degrees: Double, sampling: Sampling = .nearest, expands: Bool = false, center: PixelPoint? = nil,
        fill: RGBColor = .black
    ) {
        precondition(degrees >= 0, "the maximum angle must be at least 0")
        self.init(degrees: -degrees...degrees, sampling: sampling, expands: expands, center: center, fill: fill)
    }

    /// Draws the angle, in degrees.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> Double {
        random.uniform(in: degrees)
    }

    /// Rotates the image.
    public func apply(_ parameters: Double, to image: Image) -> Image {
        image.rotated(degrees: parameters, sampling: sampling, expands: expands, center: center, fill: fill)
    }
}

/// Flips horizontally with a given probability: torchvision's `RandomHorizontalFlip`.
public struct RandomHorizontalFlip: GeometricTransform, Hashable {
    /// The probability, from 0 to 1.
    public let probability: Double

    /// Creates a flip with this probability.
    public init(probability: Double = 0.5) {
        precondition((0...1).contains(probability), "a probability must be from 0 to 1")
        self.probability = probability
    }

    /// Draws whether to flip.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> Bool {
        random.uniform() < probability
    }

    /// Adds this step to a rendering.
    public func apply(_ parameters: Bool, to rendering: inout ImageRendering) {
        if parameters { rendering.mirror() }
    }
}

/// Flips vertically with a given probability: torchvision's `RandomVerticalFlip`.
public struct RandomVerticalFlip: GeometricTransform, Hashable {
    /// The probability, from 0 to 1.
    public let probability: Double

    /// Creates a flip with this probability.
    public init(probability: Double = 0.5) {
        precondition((0...1).contains(probability), "a probability must be from 0 to 1")
        self.probability = probability
    }

    /// Draws whether to flip.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> Bool {
        random.chance(probability)
    }

    /// Adds this step to a rendering.
    public func apply(_ parameters: Bool, to rendering: inout ImageRendering) {
        if parameters { rendering.flipVertically() }
    }
}

extension Image {
    /// The image rotated by an angle in degrees, counterclockwise: torchvision's `rotate` and Pillow's, bit for bit.
    ///
    /// - Parameters:
    ///   - degrees: The angle; positive angles rotate counterclockwise.
    ///   - sampling: The interpolation between pixels. Quarter turns without a change of size only move pixels.
    ///   - expands: Whether the result grows so that all corners are kept; intended for rotations around the center.
    ///   - center: The fixed point; nil for the center of the image.
    ///   - fill: The color of pixels from beyond the image.
    public func rotated(
        degrees: Double, sampling: Sampling = .nearest, expands: Bool = false, center: PixelPoint? = nil,
        fill: RGBColor = .black
    ) -> Image {
        precondition(degrees.isFinite, "the angle must be finite")
        let degrees = Self.within360(degrees)
        if center == nil {
            if degrees == 0 { return self }
            if degrees == 180 { return oriented(3) }
            if degrees == 90 || degrees == 270, expands || width == height { return oriented(degrees == 90 ? 8 : 6) }
        }
        let center = center ?? PixelPoint(x: Double(width) / 2, y: Double(height) / 2)
        let angle = -(degrees * (.pi / 180))
        let cosine = Self.roundedTo15Digits(cos(angle))
        let sine = Self.roundedTo15Digits(sin(angle))
        var matrix = RotationMatrix(cosine: cosine, sine: sine)
        let moved = matrix.place(-center.x, -center.y)
        (matrix.c, matrix.f) = (moved.x + center.x, moved.y + center.y)
        var size = PixelSize(width: width, height: height)
        if expands {
            size = matrix.bounds(width: Double(width), height: Double(height))
            let corner = matrix.place(-Double(size.width - width) / 2, -Double(size.height - height) / 2)
            (matrix.c, matrix.f) = (corner.x, corner.y)
        }
        let warp = Warp(a: cosine, b: sine, c: matrix.c, d: -sine, e: cosine, f: matrix.f)
        return warp.image(of: self, size: size, sampling: sampling, fill: fill)
    }

    /// Python's `degrees % 360`.
    private static func within360(_ degrees: Double) -> Double {
        let remainder = fmod(degrees, 360)
        return remainder < 0 ? remainder + 360 : remainder
    }

    /// Python's `round(number, 15)` of a number from -1 to 1: the nearest number with 15 decimals.
    private static func roundedTo15Digits(_ number: Double) -> Double {
        let product = number * 1e15
        // The rounding error of the product, which matters only halfway between two integers.
        let lost = (-product).addingProduct(number, 1e15)
        var whole = product.rounded(.toNearestOrEven)
        if product - whole == 0.5, lost > 0 { whole += 1 }
        if product - whole == -0.5, lost < 0 { whole -= 1 }
        return whole / 1e15
    }
}

/// A rotation and the translation after it.
private struct RotationMatrix {
    let cosine: Double
    let sine: Double
    var c = 0.0
    var f = 0.0

    init(cosine: Double, sine: Double) {
        self.cosine = cosine
        self.sine = sine
    }

    /// The source of a position.
    func place(_ x: Double, _ y: Double) -> PixelPoint {
        PixelPoint(x: cosine * x + sine * y + c, y: -sine * x + cosine * y + f)
    }

    /// The size that contains all rotated corners.
    func bounds(width: Double, height: Double) -> PixelSize {
        let corners = [place(0, 0), place(width, 0), place(width, height), place(0, height)]
        func span(_ side: KeyPath<PixelPoint, Double>) -> Int {
            let places = corners.map { $0[keyPath: side] }
            let highest = places.reduce(-.infinity, Swift.max)
            return Int(highest.rounded(.up)) - Int(places.reduce(.infinity, Swift.min).rounded(.down))
        }
        return PixelSize(width: span(\.x), height: span(\.y))
    }
}
