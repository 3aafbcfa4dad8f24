/// A pixel image in a drawing.
public struct Raster: Sendable, Hashable {
    /// The width and height in pixels.
    public let width: Int, height: Int
    /// The red, green and blue values of each pixel, row by row from the top.
    public let pixels: [UInt8]

    /// Creates an image from bytes.
    ///
    /// - Throws: `DrawingError` if there are not three bytes per pixel.
    public init(width: Int, height: Int, pixels: [UInt8]) throws(DrawingError) {
        let (area, isTooLarge) = width.multipliedReportingOverflow(by: height)
        guard width >= 0, height >= 0, !isTooLarge, area < 1 << 30, pixels.count == area * 3 else {
            throw DrawingError(
                "\(pixels.count) bytes do not fit an image of \(width) x \(height) pixels; pass red, green and blue of "
                    + "each pixel")
        }
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Creates an image from a function of the pixel's position.
    public init(width: Int, height: Int, _ color: (_ x: Int, _ y: Int) -> Color) {
        self.width = max(0, width)
        self.height = max(0, height)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(self.width * self.height * 3)
        for y in 0..<self.height {
            for x in 0..<self.width {
                let bytes = color(x, y).bytes
                pixels += [bytes.red, bytes.green, bytes.blue]
            }
        }
        self.pixels = pixels
    }

    /// Returns the image with each pixel as a square of `factor` x `factor` pixels.
    func enlarged(by factor: Int) -> Raster {
        guard factor > 1 else { return self }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(self.pixels.count * factor * factor)
        for y in 0..<height {
            var row: [UInt8] = []
            row.reserveCapacity(width * factor * 3)
            for x in 0..<width {
                let start = (y * width + x) * 3
                for _ in 0..<factor { row += self.pixels[start..<start + 3] }
            }
            for _ in 0..<factor { pixels += row }
        }
        return Raster(unchecked: pixels, width: width * factor, height: height * factor)
    }

    init(unchecked pixels: [UInt8], width: Int, height: Int) {
        self.width = width
        self.height = height
        self.pixels = pixels
    }
}

extension Raster {
    /// Creates an image of values in colors.
    ///
    /// - Parameters:
    ///   - values: the values, row by row.
    ///   - width: the number of columns.
    ///   - height: the number of rows.
    ///   - colormap: the colors.
    ///   - range: the values of the first and the last color; by default the smallest and the largest one.
    /// - Throws: `DrawingError` if the number of values is not `width * height`.
    public init(
        values: [Double], width: Int, height: Int, _ colormap: Colormap, range: ClosedRange<Double>? = nil
    ) throws(DrawingError) {
        guard width >= 0, height >= 0, values.count == width * height else {
            throw DrawingError("\(values.count) values do not fill \(width) x \(height) pixels")
        }
        let table = colormap.table
        let range = range ?? finiteRange(of: values) ?? 0...0
        self.init(
            unchecked: values.flatMap { value in
                let entry = table[Int((fraction(of: value, in: range) * 255).rounded())]
                return [entry.red, entry.green, entry.blue]
            }, width: width, height: height)
    }
}
