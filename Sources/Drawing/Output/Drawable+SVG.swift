internal import CPango

extension Drawable {
    /// The drawing as SVG, letters as outlines, so that it looks the same without the fonts.
    ///
    /// - Parameter prefix: what the names of its parts begin with; drawings that lie in one page need different ones.
    /// - Throws: `DrawingError` where it is too large, or Cairo fails.
    public func svg(prefix: String = "") throws(DrawingError) -> [UInt8] {
        let size = try checkedSize()
        let sink = ByteSink()
        guard
            let surface = cairo_svg_surface_create_for_stream(
                ByteSink.append, sink.closure, size.width, size.height)
        else { throw DrawingError("the drawing failed in Cairo: no surface") }
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

/// Gives the parts of an SVG file new numbers, in the order in which they come: Cairo counts them over all the files of
/// a process.
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
