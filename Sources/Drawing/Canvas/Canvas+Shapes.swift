internal import CPango

extension Canvas {
    /// Fills a rectangle, optionally with rounded corners.
    public func fill(_ rectangle: Rectangle, _ color: Color, radius: Double = 0) {
        path(rectangle, radius: radius)
        use(color)
        cairo_fill(context)
    }

    /// Draws the outline of a rectangle. The line is centered on the edges.
    public func stroke(_ rectangle: Rectangle, _ color: Color, width: Double = 1, radius: Double = 0) {
        path(rectangle, radius: radius)
        stroke(color, width: width, dash: [])
    }

    /// Draws a straight line.
    public func line(from start: Point, to end: Point, _ color: Color, width: Double = 1, dash: [Double] = []) {
        polyline([start, end], color, width: width, dash: dash)
    }

    /// Draws a line through points. The line has a gap at a point with NaN.
    public func polyline(_ points: [Point], _ color: Color, width: Double = 1, dash: [Double] = []) {
        cairo_new_path(context)
        var isDown = false
        for point in points {
            if !point.isFinite {
                isDown = false
            } else if isDown {
                cairo_line_to(context, point.x, point.y)
            } else {
                cairo_move_to(context, point.x, point.y)
                isDown = true
            }
        }
        stroke(color, width: width, dash: dash)
    }

    /// Fills a polygon.
    public func fill(_ points: [Point], _ color: Color) {
        cairo_new_path(context)
        for point in points where point.isFinite { cairo_line_to(context, point.x, point.y) }
        cairo_close_path(context)
        use(color)
        cairo_fill(context)
    }

    /// Fills a circle.
    public func circle(at center: Point, radius: Double, _ color: Color) {
        guard center.isFinite, radius > 0 else { return }
        cairo_new_path(context)
        cairo_arc(context, center.x, center.y, radius, 0, 2 * Double.pi)
        use(color)
        cairo_fill(context)
    }

    private func path(_ rectangle: Rectangle, radius: Double) {
        let radius = min(radius, rectangle.width / 2, rectangle.height / 2)
        cairo_new_path(context)
        guard radius > 0 else {
            cairo_rectangle(context, rectangle.x, rectangle.y, rectangle.width, rectangle.height)
            return
        }
        let corners = [
            (rectangle.right - radius, rectangle.top + radius), (rectangle.right - radius, rectangle.bottom - radius),
            (rectangle.left + radius, rectangle.bottom - radius), (rectangle.left + radius, rectangle.top + radius),
        ]
        for (index, corner) in corners.enumerated() {
            let start = Double(index - 1) * Double.pi / 2
            cairo_arc(context, corner.0, corner.1, radius, start, start + Double.pi / 2)
        }
        cairo_close_path(context)
    }

    private func stroke(_ color: Color, width: Double, dash: [Double]) {
        use(color)
        cairo_set_line_width(context, width)
        cairo_set_dash(context, dash, Int32(dash.count), 0)
        cairo_set_line_cap(context, dash.isEmpty ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT)
        cairo_stroke(context)
    }
}

extension Canvas {
    /// The shape of a marker.
    public enum Shape: Sendable, CaseIterable {
        case circle, square, triangle, diamond, cross
    }

    /// Draws a marker. Markers of the same radius have about the same area.
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

    /// Draws as pixels, at least two per point. Use this if a vector file with many shapes would be too large.
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
