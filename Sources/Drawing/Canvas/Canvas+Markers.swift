internal import CPango

extension Canvas {
    /// The shape of a point.
    public enum Shape: Sendable, CaseIterable {
        case circle, square, triangle, diamond, cross
    }

    /// Draws a point as a shape; all of a radius cover about the same area.
    public func draw(_ shape: Shape, at center: Point, radius: Double, _ color: Color) {
        guard center.isFinite else { return }
        func corner(_ x: Double, _ y: Double) -> Point { Point(x: center.x + x * radius, y: center.y + y * radius) }
        switch shape {
        case .circle: circle(at: center, radius: radius, color)
        case .square: fill([corner(-0.9, -0.9), corner(0.9, -0.9), corner(0.9, 0.9), corner(-0.9, 0.9)], color)
        case .triangle: fill([corner(0, -1.3), corner(1.2, 0.85), corner(-1.2, 0.85)], color)
        case .diamond: fill([corner(0, -1.3), corner(1.3, 0), corner(0, 1.3), corner(-1.3, 0)], color)
        case .cross:
            polyline([corner(-0.85, -0.85), corner(0.85, 0.85)], color, width: radius * 0.6)
            polyline([corner(-0.85, 0.85), corner(0.85, -0.85)], color, width: radius * 0.6)
        }
    }

    /// Draws something as pixels, two a point at least, and places them; where very many shapes would make a file of
    /// lines too large.
    public func rasterized(in rectangle: Rectangle, _ body: (Canvas) -> Void) {
        let scale = pixelsPerPoint ?? 2
        let (width, height) = ((rectangle.width * scale).rounded(.up), (rectangle.height * scale).rounded(.up))
        guard width >= 1, height >= 1, width <= 32_000, height <= 32_000,
            let surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, Int32(width), Int32(height))
        else { return }
        defer { cairo_surface_destroy(surface) }
        let inner = Canvas(surface, scale: scale, pixelsPerPoint: scale)
        inner.translated(to: Point(x: -rectangle.x, y: -rectangle.y)) { body(inner) }
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_translate(context, rectangle.x, rectangle.y)
        cairo_scale(context, 1 / scale, 1 / scale)
        cairo_set_source_surface(context, surface, 0, 0)
        cairo_paint(context)
    }
}
