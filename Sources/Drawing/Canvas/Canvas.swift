internal import CPango

/// A surface to draw on, in points of 1/96 inch from the upper left corner.
///
/// What goes wrong while drawing is kept by Cairo and told when the drawing is finished. A canvas belongs to the thread
/// that made it; any thread may make one.
public final class Canvas {
    let context: OpaquePointer
    /// How many pixels a point has; nil where the drawing is made of lines, not of pixels.
    let pixelsPerPoint: Double?

    /// A canvas on a surface of Cairo's, which it holds on to.
    init(_ surface: OpaquePointer, scale: Double, pixelsPerPoint: Double?) {
        context = cairo_create(surface)
        self.pixelsPerPoint = pixelsPerPoint
        cairo_scale(context, scale, scale)
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    }

    deinit { cairo_destroy(context) }

    /// The versions of the libraries that draw.
    public static var engine: String {
        "Cairo \(String(cString: cairo_version_string())), Pango \(String(cString: pango_version_string()))"
    }

    /// What Cairo says of the drawing so far.
    ///
    /// - Throws: `DrawingError` where it failed.
    func check() throws(DrawingError) { try Canvas.check(cairo_status(context)) }

    static func check(_ status: cairo_status_t) throws(DrawingError) {
        guard status != CAIRO_STATUS_SUCCESS else { return }
        throw DrawingError("the drawing failed in Cairo: \(String(cString: cairo_status_to_string(status)))")
    }

    func use(_ color: Color) {
        cairo_set_source_rgba(context, color.red, color.green, color.blue, color.opacity)
    }

    /// Draws something with the origin elsewhere; what the drawing sets is undone after it.
    public func translated(to origin: Point, _ body: () -> Void) {
        guard origin.isFinite else { return }
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_translate(context, origin.x, origin.y)
        body()
    }

    /// Draws something within a rectangle; what goes beyond it is cut off.
    public func clipped(to rectangle: Rectangle, _ body: () -> Void) {
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_rectangle(context, rectangle.x, rectangle.y, rectangle.width, rectangle.height)
        cairo_clip(context)
        body()
    }

    /// Draws another drawing, with its upper left corner at a place.
    public func place(_ drawing: any Drawable, at origin: Point) {
        translated(to: origin) { drawing.draw(on: self) }
    }
}
