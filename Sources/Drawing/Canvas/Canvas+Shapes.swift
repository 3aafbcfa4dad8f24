internal import CPango

extension Canvas {
    /// Fills a rectangle, with round corners if wanted.
    public func fill(_ rectangle: Rectangle, _ color: Color, radius: Double = 0) {
        path(rectangle, radius: radius)
        use(color)
        cairo_fill(context)
    }

    /// Draws the sides of a rectangle; the line lies on them, half of it at each side.
    public func stroke(_ rectangle: Rectangle, _ color: Color, width: Double = 1, radius: Double = 0) {
        path(rectangle, radius: radius)
        stroke(color, width: width, dash: [])
    }

    /// Draws a straight line.
    public func line(from start: Point, to end: Point, _ color: Color, width: Double = 1, dash: [Double] = []) {
        polyline([start, end], color, width: width, dash: dash)
    }

    /// Draws a line through points; where one is no number the line has a gap.
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

    /// Fills what points enclose.
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
