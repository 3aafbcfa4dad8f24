internal import CImage

/// What a resize reads: a rectangle of an image, which may begin and end within pixels where the image was decoded at
/// a scale.
struct ResizeSource: Sendable, Hashable {
    /// The whole pixels that it touches.
    private(set) var pixels: PixelRectangle
    /// Where it begins, counted from the corner of `pixels`, and how far it reaches.
    private(set) var x = 0.0, y = 0.0, width: Double, height: Double

    /// A rectangle of an image.
    init(_ part: PixelRectangle) {
        pixels = part
        (width, height) = (Double(part.width), Double(part.height))
    }

    /// The rectangle `part` of an image of size `whole`, once that was decoded at `eighths` eighths of its size and
    /// then turned as EXIF's `orientation` asks.
    ///
    /// libjpeg rounds sides up. What it adds lies right and below before the turn.
    init(_ part: PixelRectangle, of whole: PixelSize, eighths: Int, orientation: Int32) {
        let across = Self.scaled(
            part.x..<part.maxX, of: whole.width, eighths: eighths, addsBefore: [2, 3, 6, 7].contains(orientation))
        let down = Self.scaled(
            part.y..<part.maxY, of: whole.height, eighths: eighths, addsBefore: [3, 4, 7, 8].contains(orientation))
        pixels = PixelRectangle(
            x: across.pixels.lowerBound, y: down.pixels.lowerBound, width: across.pixels.count,
            height: down.pixels.count)
        (x, width) = (across.start, across.length)
        (y, height) = (down.start, down.length)
    }

    private static func scaled(
        _ range: Range<Int>, of whole: Int, eighths: Int, addsBefore: Bool
    ) -> (pixels: Range<Int>, start: Double, length: Double) {
        // All in eighths of a pixel of the scaled image, which are whole numbers.
        let added = addsBefore ? (8 - whole * eighths % 8) % 8 : 0
        let start = range.lowerBound * eighths + added
        let end = range.upperBound * eighths + added
        let pixels = (start / 8)..<((end + 7) / 8)
        return (pixels, Double(start % 8) / 8, Double(end - start) / 8)
    }
}

extension cimage_resizing {
    init(_ source: ResizeSource, size: PixelSize, window: PixelRectangle, interpolation: Interpolation) {
        self.init(
            filter: interpolation == .bicubic ? CIMAGE_BICUBIC : CIMAGE_BILINEAR,
            source_width: Int32(source.pixels.width), source_height: Int32(source.pixels.height), x: source.x,
            y: source.y, width: source.width, height: source.height, full_width: Int32(size.width),
            full_height: Int32(size.height), window: cimage_rectangle(window))
    }
}

extension cimage_rectangle {
    init(_ rectangle: PixelRectangle) {
        self.init(
            x: Int32(rectangle.x), y: Int32(rectangle.y), width: Int32(rectangle.width),
            height: Int32(rectangle.height))
    }
}
