internal import Drawing

extension PageFigure {
    /// An SVG file larger than this is taken as pixels, which are smaller then.
    private static let largestVector = 150_000

    /// A drawing, in the colours of light and dark pages.
    ///
    /// - Parameters:
    ///   - description: what it shows, for those who can't see it.
    ///   - caption: what stands below.
    ///   - drawing: the drawing with a theme; nil where there is nothing to draw.
    /// - Throws: `DrawingError` where it can't be drawn.
    init?(_ description: String, _ caption: String, drawing: (Theme) throws -> (any Drawable)?) throws {
        guard let light = try drawing(.light), let dark = try drawing(.dark) else { return nil }
        self.init(
            light: try Self.picture(of: light), dark: try Self.picture(of: dark), description: description,
            caption: caption)
    }

    private static func picture(of drawing: any Drawable) throws(DrawingError) -> Picture {
        let (width, height) = (Int(drawing.size.width.rounded()), Int(drawing.size.height.rounded()))
        let vector = try drawing.svg()
        guard vector.count > largestVector else {
            return Picture(format: .svg, bytes: vector, width: width, height: height)
        }
        return Picture(format: .png, bytes: try drawing.png(scale: 2), width: width, height: height)
    }
}
