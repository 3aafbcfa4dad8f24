/// Where the four corners of an image come to lie when it is seen at an angle.
public struct PictureCorners: Sendable, Hashable {
    /// In pixels from the image's top left.
    public var topLeft: PixelPoint, topRight: PixelPoint, bottomRight: PixelPoint, bottomLeft: PixelPoint

    /// Corners from their places.
    public init(topLeft: PixelPoint, topRight: PixelPoint, bottomRight: PixelPoint, bottomLeft: PixelPoint) {
        self.topLeft = topLeft
        self.topRight = topRight
        self.bottomRight = bottomRight
        self.bottomLeft = bottomLeft
    }

    /// Those of an image that is not moved. torchvision counts from pixel to pixel here, not from edge to edge.
    public init(width: Int, height: Int) {
        let (right, bottom) = (Double(width - 1), Double(height - 1))
        self.init(
            topLeft: PixelPoint(x: 0, y: 0), topRight: PixelPoint(x: right, y: 0),
            bottomRight: PixelPoint(x: right, y: bottom), bottomLeft: PixelPoint(x: 0, y: bottom))
    }

    private var all: [PixelPoint] { [topLeft, topRight, bottomRight, bottomLeft] }

    /// The eight coefficients of the perspective that takes these corners back to `original`, as torchvision's
    /// `_get_perspective_coeffs` solves for them: least squares in double precision, then rounded to `Float`.
    ///
    /// Corners of which three lie in a line have none; what comes out then is no number, or draws nothing.
    func coefficients(to original: PictureCorners) -> [Double] {
        var rows: [[Double]] = []
        for (moved, place) in zip(all, original.all) {
            rows.append([moved.x, moved.y, 1, 0, 0, 0, -place.x * moved.x, -place.x * moved.y, place.x])
            rows.append([0, 0, 0, moved.x, moved.y, 1, -place.y * moved.x, -place.y * moved.y, place.y])
        }
        return solveByReflections(rows).map { Double(Float($0)) }
    }
}

/// Solves n equations for n unknowns by Householder's reflections, as LAPACK's `gels` does. Each row holds an
/// equation's factors, and behind them what it is equal to.
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
    /// The image with its corners moved, in a frame of its own size: torchvision's `perspective`.
    ///
    /// The pixels are Pillow's for the coefficients that the corners give; these are torchvision's up to the last digit
    /// of a `Float`.
    public func seen(at corners: PictureCorners, sampling: Sampling = .bilinear, fill: RGBColor = .black) -> Image {
        let coefficients = corners.coefficients(to: PictureCorners(width: width, height: height))
        return Warp(perspective: coefficients).image(
            of: self, size: PixelSize(width: width, height: height), sampling: sampling, fill: fill)
    }
}
