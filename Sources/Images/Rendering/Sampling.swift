internal import CImage

/// The interpolation between pixels in rotations and distortions, as in Pillow's `transform` and `rotate` with the
/// filters of these names. Unlike `Interpolation`, which a resize uses, none of them antialiases.
public enum Sampling: String, Sendable, Codable, Hashable, CaseIterable {
    /// The nearest pixel: no new colors.
    case nearest
    /// Linear interpolation between 2 by 2 pixels.
    case bilinear
    /// Cubic interpolation over 4 by 4 pixels with a = -1: sharper, with overshoot next to edges.
    case bicubic

    var code: cimage_sampling {
        switch self {
        case .nearest: CIMAGE_SAMPLING_NEAREST
        case .bilinear: CIMAGE_SAMPLING_BILINEAR
        case .bicubic: CIMAGE_SAMPLING_BICUBIC
        }
    }
}

/// The filter of a resize, Pillow's with the same name: antialiased, in 8-bit integers.
public enum Interpolation: String, Sendable, Codable, Hashable, CaseIterable {
    /// A triangle over two pixels.
    case bilinear
    /// A cubic over four pixels with a = -0.5 (Keys, "Cubic convolution interpolation for digital image processing",
    /// 1981). It is sharper, with overshoot next to edges.
    case bicubic
}

/// A position in an image, in pixels from its top left corner: the center of the first pixel is (0.5, 0.5).
public struct PixelPoint: Sendable, Hashable, Codable {
    /// The horizontal distance, to the right.
    public var x: Double
    /// The vertical distance, downwards.
    public var y: Double

    /// Creates a position from its distances.
    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// The input of a resize: a rectangle of an image, possibly with fractional bounds if the image was decoded at a scale.
struct ResizeSource: Sendable, Hashable {
    /// The whole pixels that it touches.
    private(set) var pixels: PixelRectangle
    /// Its start, relative to the corner of `pixels`, and its size.
    private(set) var x = 0.0, y = 0.0, width: Double, height: Double

    /// A rectangle of an image.
    init(_ part: PixelRectangle) {
        pixels = part
        (width, height) = (Double(part.width), Double(part.height))
    }

    /// The rectangle `part` of an image of size `whole`, after decoding at `eighths` eighths of its size and applying
    /// EXIF's `orientation`.
    ///
    /// libjpeg rounds sides up. The additional pixels are at the right and bottom before the orientation is applied.
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
        // All values are in eighths of a pixel of the scaled image, which are integers.
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
