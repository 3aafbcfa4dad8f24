internal import CPango
internal import Platform

extension Drawable {
    /// Returns the drawing as a file in a format.
    ///
    /// - Throws: the errors of `png`, `svg` and `pdf`.
    public func bytes(as format: ImageFormat, scale: Double = 1) throws(DrawingError) -> [UInt8] {
        switch format {
        case .png: try png(scale: scale)
        case .svg: try svg()
        case .pdf: try pdf()
        }
    }

    /// Writes the drawing to a PNG, SVG or PDF file. The extension of the path determines the format.
    ///
    /// The file is written completely or not at all.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - scale: the number of pixels per point in a PNG; 2 by default, for high-resolution screens.
    /// - Throws: `DrawingError` for another extension, a drawing that is too large, or if the file can't be written.
    public func write(to path: String, scale: Double = 2) throws(DrawingError) {
        let bytes = try bytes(as: ImageFormat(path: path), scale: scale)
        do {
            try writeAtomically(bytes, to: path)
        } catch {
            throw DrawingError(
                "\(path): the file can't be written: \(error.reason); free some space or choose another path")
        }
    }
}

/// The file formats of drawings.
public enum ImageFormat: String, Sendable, CaseIterable {
    case png, svg, pdf

    /// Creates a format from the extension of a path.
    ///
    /// - Throws: `DrawingError` for another extension.
    public init(path: String) throws(DrawingError) {
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        let ending = name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
        guard let format = ImageFormat(rawValue: ending) else {
            throw DrawingError(
                "\(path): \(ending.isEmpty ? "the path has no extension" : "unknown image format .\(ending)"); use "
                    + ".png, .svg or .pdf")
        }
        self = format
    }
}

/// Collects the bytes that Cairo writes.
final class ByteSink {
    private(set) var bytes: [UInt8] = []

    /// The pointer that Cairo passes back with the bytes. The sink outlives the surface.
    var closure: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    static let append: @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<UInt8>?, UInt32) -> cairo_status_t = {
        closure, data, count in
        guard let closure else { return CAIRO_STATUS_WRITE_ERROR }
        let sink = Unmanaged<ByteSink>.fromOpaque(closure).takeUnretainedValue()
        sink.bytes += UnsafeBufferPointer(start: data, count: Int(count))
        return CAIRO_STATUS_SUCCESS
    }
}

extension Drawable {
    /// Returns the drawing as a PDF of one page with selectable text.
    ///
    /// - Throws: `DrawingError` if the drawing is too large, Cairo fails, or the libraries are not installed.
    public func pdf() throws(DrawingError) -> [UInt8] {
        let size = try checkedSize()
        try DrawingLibraries.open()
        let sink = ByteSink()
        // PDF points are 1/72 inch.
        let scale = 72.0 / 96
        guard
            let surface = cairo_pdf_surface_create_for_stream(
                ByteSink.append, sink.closure, size.width * scale, size.height * scale)
        else { throw DrawingError("Cairo failed to draw: no surface") }
        defer { cairo_surface_destroy(surface) }
        // The creation date would make each file different.
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "")
        let canvas = Canvas(surface, scale: scale, pixelsPerPoint: nil)
        draw(on: canvas)
        try canvas.check()
        cairo_surface_finish(surface)
        try Canvas.check(cairo_surface_status(surface))
        return sink.bytes
    }
}

extension Drawable {
    /// Returns the drawing as an RGB PNG with 8 bits per channel.
    ///
    /// - Parameter scale: the number of pixels per point; 2 for high-resolution screens.
    /// - Throws: `DrawingError` if the drawing is too large, Cairo fails, or the libraries are not installed.
    public func png(scale: Double = 1) throws(DrawingError) -> [UInt8] {
        let pixels = try checkedSize(scale: scale)
        try DrawingLibraries.open()
        guard
            let surface = cairo_image_surface_create(
                CAIRO_FORMAT_RGB24, Int32(pixels.width.rounded(.up)), Int32(pixels.height.rounded(.up)))
        else { throw DrawingError("Cairo failed to draw: no surface") }
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

extension Drawable {
    /// Returns the drawing as an SVG. Text is outlined, so that it looks the same without the fonts.
    ///
    /// - Parameter prefix: the prefix of the identifiers in the SVG. SVGs on the same page need different prefixes.
    /// - Throws: `DrawingError` if the drawing is too large, Cairo fails, or the libraries are not installed.
    public func svg(prefix: String = "") throws(DrawingError) -> [UInt8] {
        let size = try checkedSize()
        try DrawingLibraries.open()
        let sink = ByteSink()
        guard
            let surface = cairo_svg_surface_create_for_stream(
                ByteSink.append, sink.closure, size.width, size.height)
        else { throw DrawingError("Cairo failed to draw: no surface") }
        defer { cairo_surface_destroy(surface) }
        cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX)
        let canvas = Canvas(surface, scale: 1, pixelsPerPoint: nil)
        draw(on: canvas)
        try canvas.check()
        cairo_surface_finish(surface)
        try Canvas.check(cairo_surface_status(surface))
        return renumbered(sink.bytes, prefix: prefix)
    }
}

/// Returns the SVG with renumbered identifiers in their order. Cairo numbers them over all files of a process.
private func renumbered(_ svg: [UInt8], prefix: String) -> [UInt8] {
    let prefix = Array(prefix.utf8)
    let openings = ["id=\"", "href=\"#", "url(#"].map { Array($0.utf8) }
    var names: [ArraySlice<UInt8>: [UInt8]] = [:]
    var result: [UInt8] = []
    result.reserveCapacity(svg.count)
    var rest = svg[...]
    let starts = Set(openings.compactMap(\.first))
    while let found = rest.firstIndex(where: starts.contains) {
        guard let opening = openings.first(where: { rest[found...].starts(with: $0) }) else {
            result += rest[...found]
            rest = rest[(found + 1)...]
            continue
        }
        let start = found + opening.count
        let end = rest[start...].firstIndex { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: ")") } ?? rest.endIndex
        let new = names[rest[start..<end]] ?? prefix + Array("p\(names.count)".utf8)
        names[rest[start..<end]] = new
        result += rest[..<start] + new
        rest = rest[end...]
    }
    result += rest
    return result
}
