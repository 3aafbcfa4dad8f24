#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

extension Image {
    /// The image turned by an angle in degrees, counterclockwise: torchvision's `rotate` and Pillow's, bit for bit.
    ///
    /// - Parameters:
    ///   - degrees: the angle; positive ones turn counterclockwise.
    ///   - sampling: how it is read between pixels. Quarter turns that fit only move pixels, whatever is asked for.
    ///   - expands: whether the result grows so that no corner is lost; meant for turns about the middle.
    ///   - center: what stays in its place; the middle where nil.
    ///   - fill: the color of what comes from beyond the image.
    public func rotated(
        degrees: Double, sampling: Sampling = .nearest, expands: Bool = false, center: PixelPoint? = nil,
        fill: RGBColor = .black
    ) -> Image {
        precondition(degrees.isFinite, "An angle is a number.")
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

    /// Python's `round(number, 15)` of a number from -1 to 1: the nearest that has 15 digits behind the point.
    private static func roundedTo15Digits(_ number: Double) -> Double {
        let product = number * 1e15
        // What the product lost; it matters halfway between two whole numbers alone.
        let lost = (-product).addingProduct(number, 1e15)
        var whole = product.rounded(.toNearestOrEven)
        if product - whole == 0.5, lost > 0 { whole += 1 }
        if product - whole == -0.5, lost < 0 { whole -= 1 }
        return whole / 1e15
    }
}

/// A turn, and what moves it into its place.
private struct RotationMatrix {
    let cosine: Double
    let sine: Double
    var c = 0.0
    var f = 0.0

    init(cosine: Double, sine: Double) {
        self.cosine = cosine
        self.sine = sine
    }

    /// Where a place comes from.
    func place(_ x: Double, _ y: Double) -> PixelPoint {
        PixelPoint(x: cosine * x + sine * y + c, y: -sine * x + cosine * y + f)
    }

    /// The size of what holds all corners, turned.
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
