internal import CPango

extension Drawable {
    /// The drawing as PNG, 8 bits for each of red, green and blue.
    ///
    /// - Parameter scale: how many pixels a point has; 2 for screens with small pixels.
    /// - Throws: `DrawingError` where it is too large, or Cairo fails.
    public func png(scale: Double = 1) throws(DrawingError) -> [UInt8] {
        let pixels = try checkedSize(scale: scale)
        guard
            let surface = cairo_image_surface_create(
                CAIRO_FORMAT_RGB24, Int32(pixels.width.rounded(.up)), Int32(pixels.height.rounded(.up)))
        else { throw DrawingError("the drawing failed in Cairo: no surface") }
        defer { cairo_surface_destroy(surface) }
        try Canvas.check(cairo_surface_status(surface))
        let canvas = Canvas(surface, scale: scale, pixelsPerPoint: scale)
        canvas.use(Color(0xFFFFFF))
        cairo_paint(canvas.context)
        draw(on: canvas)
        try canvas.check()
        let sink = ByteSink()
        try Canvas.check(cairo_surface_write_to_png_stream(surface, ByteSink.append, sink.closure))
        return sink.bytes
    }
}
