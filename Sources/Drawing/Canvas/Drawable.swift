/// Something that can be drawn: a chart, a grid of pictures, several of them side by side.
///
/// One drawing gives PNG, SVG and PDF. The same drawing gives the same bytes, on any thread.
public protocol Drawable: Sendable {
    /// Its size, in points of 1/96 inch; a PNG has so many pixels.
    var size: Size { get }

    /// Draws it, its ground included, with the upper left corner at the canvas's origin.
    func draw(on canvas: Canvas)
}

extension Drawable {
    /// The sides, checked.
    ///
    /// - Throws: `DrawingError` where a side is none, or longer than a file may have.
    func checkedSize(scale: Double = 1) throws(DrawingError) -> Size {
        let size = size
        let (width, height) = (size.width * scale, size.height * scale)
        guard width.isFinite, height.isFinite, width > 0, height > 0 else {
            throw DrawingError("a drawing of \(size.width) x \(size.height) points can't be made; give sides above 0")
        }
        guard width <= 32_000, height <= 32_000, width * height <= 400_000_000 else {
            throw DrawingError(
                "a drawing of \(Int(min(width, 1e15))) x \(Int(min(height, 1e15))) points is too large (at most 32,000 "
                    + "a side, and 400 million in all); show less on it, or make it smaller")
        }
        return Size(width: width, height: height)
    }
}

/// What kept a drawing from being made or written.
public struct DrawingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, and what to do.
    public let description: String

    init(_ description: String) { self.description = description }
}
