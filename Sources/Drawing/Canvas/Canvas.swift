internal import CPango

/// A surface to draw on, in points of 1/96 inch from the top left corner.
///
/// Cairo stores errors while drawing; they are thrown when the drawing is finished. Use a canvas only on the thread
/// that created it.
public final class Canvas {
    let context: OpaquePointer
    /// The number of pixels per point; nil for vector formats.
    let pixelsPerPoint: Double?

    /// Creates a canvas on a Cairo surface, and retains the surface.
    init(_ surface: OpaquePointer, scale: Double, pixelsPerPoint: Double?) {
        context = cairo_create(surface)
        self.pixelsPerPoint = pixelsPerPoint
        cairo_scale(context, scale, scale)
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    }

    deinit { cairo_destroy(context) }

    /// Checks the status of Cairo.
    ///
    /// - Throws: `DrawingError` if drawing failed.
    func check() throws(DrawingError) { try Canvas.check(cairo_status(context)) }

    static func check(_ status: cairo_status_t) throws(DrawingError) {
        guard status != CAIRO_STATUS_SUCCESS else { return }
        throw DrawingError("Cairo failed to draw: \(String(cString: cairo_status_to_string(status)))")
    }

    func use(_ color: Color) {
        cairo_set_source_rgba(context, color.red, color.green, color.blue, color.opacity)
    }

    /// Draws with a translated origin, and restores the state afterwards.
    public func translated(to origin: Point, _ body: () -> Void) {
        guard origin.isFinite else { return }
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_translate(context, origin.x, origin.y)
        body()
    }

    /// Draws clipped to a rectangle.
    public func clipped(to rectangle: Rectangle, _ body: () -> Void) {
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_rectangle(context, rectangle.x, rectangle.y, rectangle.width, rectangle.height)
        cairo_clip(context)
        body()
    }

    /// Draws another drawing with its top left corner at a position.
    public func place(_ drawing: any Drawable, at origin: Point) {
        translated(to: origin) { drawing.draw(on: self) }
    }
}

extension Canvas {
    /// The interpolation of images.
    public enum Interpolation: Sendable {
        /// Interpolates between pixels, or averages them.
        case smooth
        /// Keeps the edges of pixels, for maps of values and kernels.
        case pixels
    }

    /// Draws an image in a rectangle.
    public func draw(
        _ raster: Raster, in rectangle: Rectangle, _ interpolation: Interpolation = .smooth, opacity: Double = 1
    ) {
        guard raster.width > 0, raster.height > 0, rectangle.width > 0, rectangle.height > 0 else { return }
        var raster = raster
        if interpolation == .pixels {
            // Viewers of vector files may smooth the pixels of images. With large squares this is not visible.
            let wanted = (pixelsPerPoint ?? 2) * rectangle.width / Double(raster.width)
            raster = raster.enlarged(by: pixelsPerPoint == nil ? min(16, max(1, Int(wanted.rounded(.up)))) : 1)
        }
        guard let surface = surface(of: raster) else { return }
        defer { cairo_surface_destroy(surface) }
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_translate(context, rectangle.x, rectangle.y)
        cairo_rectangle(context, 0, 0, rectangle.width, rectangle.height)
        cairo_clip(context)
        cairo_scale(context, rectangle.width / Double(raster.width), rectangle.height / Double(raster.height))
        cairo_set_source_surface(context, surface, 0, 0)
        let source = cairo_get_source(context)
        // Otherwise the edges would fade out.
        cairo_pattern_set_extend(source, CAIRO_EXTEND_PAD)
        cairo_pattern_set_filter(source, interpolation == .pixels ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD)
        if opacity < 1 { cairo_paint_with_alpha(context, opacity) } else { cairo_paint(context) }
    }

    private func surface(of raster: Raster) -> OpaquePointer? {
        guard let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(raster.width), Int32(raster.height)),
            cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS, let bytes = cairo_image_surface_get_data(surface)
        else { return nil }
        cairo_surface_flush(surface)
        let stride = Int(cairo_image_surface_get_stride(surface))
        raster.pixels.withUnsafeBufferPointer { pixels in
            for y in 0..<raster.height {
                let row = UnsafeMutableRawPointer(bytes + y * stride).assumingMemoryBound(to: UInt32.self)
                for x in 0..<raster.width {
                    let start = (y * raster.width + x) * 3
                    row[x] =
                        UInt32(pixels[start]) << 16 | UInt32(pixels[start + 1]) << 8 | UInt32(pixels[start + 2])
                }
            }
        }
        cairo_surface_mark_dirty(surface)
        return surface
    }
}
