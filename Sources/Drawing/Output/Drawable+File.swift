internal import CPango
internal import Platform

extension Drawable {
    /// The drawing as a file of a kind.
    ///
    /// - Throws: as `png`, `svg` and `pdf` do.
    public func bytes(as format: PictureFormat, scale: Double = 1) throws(DrawingError) -> [UInt8] {
        switch format {
        case .png: try png(scale: scale)
        case .svg: try svg()
        case .pdf: try pdf()
        }
    }

    /// Writes the drawing to a file: PNG, SVG or PDF, as the end of its name says.
    ///
    /// The file is whole or not there: it is written under another name first.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - scale: how many pixels a point has in a PNG; 2 by default, sharp on paper and small screens.
    /// - Throws: `DrawingError` for another ending, a drawing that is too large, and where the disk refuses.
    public func write(to path: String, scale: Double = 2) throws(DrawingError) {
        let bytes = try bytes(as: PictureFormat(path: path), scale: scale)
        do {
            try writeAtomically(bytes, to: path)
        } catch {
            throw DrawingError(
                "\(path): the picture can't be written: \(error.reason); make room, or choose another place")
        }
    }
}

/// A kind of file that a drawing can be written to.
public enum PictureFormat: String, Sendable, CaseIterable {
    case png, svg, pdf

    /// The kind that the end of a file's name tells.
    ///
    /// - Throws: `DrawingError` where it tells none of the three.
    public init(path: String) throws(DrawingError) {
        let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        let ending = name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
        guard let format = PictureFormat(rawValue: ending) else {
            throw DrawingError(
                "\(path): \(ending.isEmpty ? "the name has no ending" : "no picture is written as .\(ending)"); let it "
                    + "end with .png, .svg or .pdf")
        }
        self = format
    }
}

/// Takes the bytes that Cairo writes.
final class ByteSink {
    private(set) var bytes: [UInt8] = []

    /// What Cairo hands back with the bytes; the sink outlives the surface that writes.
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
