internal import CPango

extension Drawable {
    /// The drawing as PDF of one page, letters as letters.
    ///
    /// - Throws: `DrawingError` where it is too large, or Cairo fails.
    public func pdf() throws(DrawingError) -> [UInt8] {
        let size = try checkedSize()
        let sink = ByteSink()
        // A point of PDF is 1/72 inch.
        let scale = 72.0 / 96
        guard
            let surface = cairo_pdf_surface_create_for_stream(
                ByteSink.append, sink.closure, size.width * scale, size.height * scale)
        else { throw DrawingError("the drawing failed in Cairo: no surface") }
        defer { cairo_surface_destroy(surface) }
        // The time of its making would make each file another one.
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "")
        let canvas = Canvas(surface, scale: scale, pixelsPerPoint: nil)
        draw(on: canvas)
        try canvas.check()
        cairo_surface_finish(surface)
        try Canvas.check(cairo_surface_status(surface))
        return sink.bytes
    }
}
