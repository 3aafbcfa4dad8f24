/// Something that can be drawn: a chart, a grid of images, or a stack of drawings.
///
/// A drawing can be written as PNG, SVG and PDF. The same drawing always results in the same bytes.
public protocol Drawable: Sendable {
    /// The size in points of 1/96 inch. A PNG has this many pixels at scale 1.
    var size: Size { get }

    /// Draws, including the background, with the top left corner at the origin of the canvas.
    func draw(on canvas: Canvas)
}

extension Drawable {
    /// Returns the size after checking it.
    ///
    /// - Throws: `DrawingError` if a side is not positive or too long.
    func checkedSize(scale: Double = 1) throws(DrawingError) -> Size {
        let size = size
        let (width, height) = (size.width * scale, size.height * scale)
        guard width.isFinite, height.isFinite, width > 0, height > 0 else {
            throw DrawingError(
                "a drawing of \(size.width) x \(size.height) points is not possible; use a positive width and height")
        }
        guard width <= 32_000, height <= 32_000, width * height <= 400_000_000 else {
            throw DrawingError(
                "a drawing of \(Int(min(width, 1e15))) x \(Int(min(height, 1e15))) points is too large (at most "
                    + "32,000 per side and 400 million pixels); show less, or use a smaller size")
        }
        return Size(width: width, height: height)
    }
}

/// An error while creating or writing a drawing: a size that is not possible, libraries that are not installed, or a
/// file that can't be written.
public struct DrawingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The error, and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
