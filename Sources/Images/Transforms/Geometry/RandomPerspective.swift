internal import CImage

/// Distorts the perspective: each corner moves inwards by a random distance. torchvision's `RandomPerspective`.
public struct RandomPerspective: ImageTransform, Hashable {
    /// The maximum movement of a corner: 1 reaches the center, 0 has no effect.
    public let distortion: Double

    /// The probability of a distortion, from 0 to 1.
    public let probability: Double

    /// The interpolation between pixels.
    public let sampling: Sampling

    /// The color of pixels from beyond the image.
    public let fill: RGBColor

    /// Creates the transform with this maximum distortion.
    public init(
        distortion: Double = 0.5, probability: Double = 0.5, sampling: Sampling = .bilinear, fill: RGBColor = .black
    ) {
        precondition((0...1).contains(distortion), "a distortion must be from 0 to 1")
        precondition((0...1).contains(probability), "a probability must be from 0 to 1")
        self.distortion = distortion
        self.probability = probability
        self.sampling = sampling
        self.fill = fill
    }

    /// Draws the new corners in whole pixels, or nil for no distortion.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> ImageCorners? {
        guard random.chance(probability) else { return nil }
        let across = Int(distortion * Double(width / 2))
        let down = Int(distortion * Double(height / 2))
        func corner(isRight: Bool, isBottom: Bool) -> PixelPoint {
            let x = random.uniform(in: 0...across)
            let y = random.uniform(in: 0...down)
            return PixelPoint(x: Double(isRight ? width - 1 - x : x), y: Double(isBottom ? height - 1 - y : y))
        }
        return ImageCorners(
            topLeft: corner(isRight: false, isBottom: false), topRight: corner(isRight: true, isBottom: false),
            bottomRight: corner(isRight: true, isBottom: true), bottomLeft: corner(isRight: false, isBottom: true))
    }

    /// Applies the distortion to the image.
    public func apply(_ parameters: ImageCorners?, to image: Image) -> Image {
        parameters.map { image.seen(at: $0, sampling: sampling, fill: fill) } ?? image
    }
}

/// The positions of the four corners of an image in a perspective view.
public struct ImageCorners: Sendable, Hashable {
    /// In pixels from the image's top left.
    public var topLeft: PixelPoint, topRight: PixelPoint, bottomRight: PixelPoint, bottomLeft: PixelPoint

    /// Creates corners from their positions.
    public init(topLeft: PixelPoint, topRight: PixelPoint, bottomRight: PixelPoint, bottomLeft: PixelPoint) {
        self.topLeft = topLeft
        self.topRight = topRight
        self.bottomRight = bottomRight
        self.bottomLeft = bottomLeft
    }

    /// The corners of an unchanged image. torchvision uses pixel centers here instead of edges.
    public init(width: Int, height: Int) {
        let (right, bottom) = (Double(width - 1), Double(height - 1))
        self.init(
            topLeft: PixelPoint(x: 0, y: 0), topRight: PixelPoint(x: right, y: 0),
            bottomRight: PixelPoint(x: right, y: bottom), bottomLeft: PixelPoint(x: 0, y: bottom))
    }

    private var all: [PixelPoint] { [topLeft, topRight, bottomRight, bottomLeft] }

    /// The eight coefficients of the perspective that maps these corners back to `original`, solved as in torchvision's
    /// `_get_perspective_coeffs`: least squares in double precision, then rounded to `Float`.
    ///
    /// If three corners are on a line, there is no solution; the result is then NaN or draws nothing.
    func coefficients(to original: ImageCorners) -> [Double] {
        var rows: [[Double]] = []
        for (moved, place) in zip(all, original.all) {
            rows.append([moved.x, moved.y, 1, 0, 0, 0, -place.x * moved.x, -place.x * moved.y, place.x])
            rows.append([0, 0, 0, moved.x, moved.y, 1, -place.y * moved.x, -place.y * moved.y, place.y])
        }
        return solveByReflections(rows).map { Double(Float($0)) }
    }
}

/// Solves n equations for n unknowns with Householder reflections, as LAPACK's `gels` does. Each row contains an
/// equation's factors, followed by its right side.
private func solveByReflections(_ equations: [[Double]]) -> [Double] {
    var rows = equations
    let count = rows.count
    for column in 0..<count {
        // The vector that reflects this column, from the diagonal down, onto its first element.
        var length = 0.0
        for row in column..<count { length += rows[row][column] * rows[row][column] }
        length.formSquareRoot()
        guard length > 0 else { continue }
        let diagonal = rows[column][column] > 0 ? -length : length
        var vector = (column..<count).map { rows[$0][column] }
        vector[0] -= diagonal
        let scale = 1 / (-diagonal * vector[0])
        for other in column...count {
            var product = 0.0
            for row in column..<count { product += vector[row - column] * rows[row][other] }
            product *= scale
            for row in column..<count { rows[row][other] -= product * vector[row - column] }
        }
    }
    var solution = [Double](repeating: 0, count: count)
    for row in (0..<count).reversed() {
        var rest = rows[row][count]
        for column in (row + 1)..<count { rest -= rows[row][column] * solution[column] }
        solution[row] = rest / rows[row][row]
    }
    return solution
}

extension Image {
    /// The image with its corners moved, with unchanged size: torchvision's `perspective`.
    ///
    /// The pixels are Pillow's for the coefficients of the corners, which equal torchvision's up to the last digit of a
    /// `Float`.
    public func seen(at corners: ImageCorners, sampling: Sampling = .bilinear, fill: RGBColor = .black) -> Image {
        let coefficients = corners.coefficients(to: ImageCorners(width: width, height: height))
        return Warp(perspective: coefficients).image(
            of: self, size: PixelSize(width: width, height: height), sampling: sampling, fill: fill)
    }
}

/// The source of each pixel of a result: the center (x, y) of a pixel comes from the position ((a x + b y + c) / w, (d
/// x + e y + f) / w), where w is g x + h y + 1.
struct Warp: Sendable, Hashable {
    private let coefficients: [Double]

    /// Straight and parallel lines are preserved: w is 1.
    init(a: Double, b: Double, c: Double, d: Double, e: Double, f: Double) {
        coefficients = [a, b, c, d, e, f]
    }

    /// Straight lines are preserved: eight numbers, a to h.
    init(perspective coefficients: [Double]) {
        precondition(coefficients.count == 8, "a perspective must have eight coefficients")
        self.coefficients = coefficients
    }

    /// Draws an image of this size: Pillow's `transform`, bit for bit.
    func image(of image: Image, size: PixelSize, sampling: Sampling, fill: RGBColor) -> Image {
        let k = coefficients
        var warp = cimage_warp(
            sampling: sampling.code,
            coefficients: (k[0], k[1], k[2], k[3], k[4], k[5], k.count > 6 ? k[6] : 0, k.count > 7 ? k[7] : 0),
            is_affine: k.count == 6, fill: (fill.red, fill.green, fill.blue))
        return Image(width: size.width, height: size.height) { target in
            let status = image.pixels.withUnsafeBufferPointer { source in
                cimage_warp_rgb(
                    &warp, source.baseAddress, Int32(image.width), Int32(image.height), target.baseAddress,
                    Int32(size.width), Int32(size.height))
            }
            precondition(status == CIMAGE_OK, "an image must have at least one pixel")
        }
    }
}
