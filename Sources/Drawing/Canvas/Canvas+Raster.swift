internal import CPango

extension Canvas {
    /// How the pixels of a picture are drawn larger or smaller than they are.
    public enum Interpolation: Sendable {
        /// Between the pixels, or over those that fall together.
        case smooth
        /// Each pixel keeps its edges; for maps of values and kernels.
        case pixels
    }

    /// Draws a picture so that it fills a rectangle.
    public func draw(
        _ raster: Raster, in rectangle: Rectangle, _ interpolation: Interpolation = .smooth, opacity: Double = 1
    ) {
        guard raster.width > 0, raster.height > 0, rectangle.width > 0, rectangle.height > 0 else { return }
        var raster = raster
        if interpolation == .pixels {
            // What shows a file of lines may smooth the pixels of pictures; on large squares that is not seen.
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
        // Without it the edges would fade into nothing.
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
