internal import CPango

/// A text to draw, with its font, color and maximum width.
///
/// The string is never interpreted as markup. Line breaks and control characters are drawn as a space or a replacement
/// character.
public struct Text: Sendable, Hashable {
    /// The horizontal alignment at the anchor.
    public enum Horizontal: Sendable { case left, center, right }
    /// The vertical alignment at the anchor.
    public enum Vertical: Sendable { case top, middle, bottom, baseline }

    /// The part of a text that is left out if the text is too long.
    public enum Truncation: Sendable {
        case end
        /// The middle. File names keep their extension.
        case middle
    }

    /// The largest number of characters. More do not fit on a line of any drawing.
    static let limit = 2_000

    /// The string.
    public var string: String
    /// The font.
    public var font: Font
    /// The color.
    public var color: Color
    /// The maximum width. A longer text is truncated with an ellipsis. Nil for no limit.
    public var width: Double?
    /// The maximum number of lines.
    public var lines: Int
    /// The horizontal alignment at the anchor.
    public var horizontal: Horizontal
    /// The vertical alignment at the anchor.
    public var vertical: Vertical
    /// The part that is left out if the text is too long.
    public var truncation: Truncation

    /// Creates a text.
    public init(
        _ string: String, _ font: Font = .label, _ color: Color, width: Double? = nil, lines: Int = 1,
        horizontal: Horizontal = .left, vertical: Vertical = .top, truncation: Truncation = .end
    ) {
        self.string = string
        self.font = font
        self.color = color
        self.width = width
        self.lines = max(1, lines)
        self.horizontal = horizontal
        self.vertical = vertical
        self.truncation = truncation
    }

    /// The string without line breaks and control characters.
    var harmless: String {
        var scalars = String.UnicodeScalarView()
        var taken = 0
        for scalar in string.unicodeScalars {
            guard taken < Self.limit else {
                scalars.append("…")
                break
            }
            taken += 1
            switch scalar.properties.generalCategory {
            case .lineSeparator, .paragraphSeparator: scalars.append(" ")
            case .control where "\n\r\t\u{0B}\u{0C}\u{85}".unicodeScalars.contains(scalar): scalars.append(" ")
            case .control: scalars.append("\u{FFFD}")
            // Direction marks. The direction of letters is known without them.
            case .format where (0x202A...0x202E).contains(scalar.value): break
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }
}

/// A font: the sans-serif or monospaced font of the system. Missing characters, such as Chinese or emoji, come from
/// other fonts.
public struct Font: Sendable, Hashable {
    /// The font family.
    public enum Family: Sendable, Hashable {
        case sans
        /// A monospaced font.
        case monospaced
    }

    /// The font size in points of 1/96 inch.
    public var size: Double
    /// Whether the font is bold.
    public var isBold: Bool
    /// The font family.
    public var family: Family

    /// Creates a font.
    public init(size: Double, isBold: Bool = false, family: Family = .sans) {
        self.size = size
        self.isBold = isBold
        self.family = family
    }

    /// The font of titles.
    public static let title = Font(size: 15, isBold: true)
    /// The font of axis labels and legends.
    public static let label = Font(size: 12.5)
    /// The font of tick labels and captions.
    public static let small = Font(size: 11)
}

extension String {
    /// The text with direction isolates, for insertion into a longer text. Right-to-left names then do not change the
    /// order of the text around them.
    public var isolated: String {
        "\u{2068}" + String(String.UnicodeScalarView(unicodeScalars.filter { !(0x2066...0x2069).contains($0.value) }))
            + "\u{2069}"
    }
}

extension Canvas {
    /// Returns the size of a text.
    public func size(of text: Text) -> Size {
        guard let set = SetText(text, on: context) else { return Size(width: 0, height: 0) }
        return Size(width: set.width, height: set.height)
    }

    /// Draws a text and returns its size.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - place: the anchor.
    ///   - turned: whether the text is rotated, from bottom to top.
    @discardableResult
    public func draw(_ text: Text, at place: Point, turned: Bool = false) -> Rectangle {
        guard place.isFinite, let set = SetText(text, on: context) else {
            return Rectangle(at: place, Size(width: 0, height: 0))
        }
        let x: Double =
            switch text.horizontal {
            case .left: 0
            case .center: -set.width / 2
            case .right: -set.width
            }
        let y: Double =
            switch text.vertical {
            case .top: 0
            case .middle: -set.height / 2
            case .bottom: -set.height
            case .baseline: -set.baseline
            }
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_translate(context, place.x, place.y)
        if turned { cairo_rotate(context, -Double.pi / 2) }
        if set.isOverflowing {
            // Stacked accents would overlap the lines above and below.
            cairo_rectangle(
                context, x - set.height / 4, y - set.height / 4, set.width + set.height / 2, set.height * 1.5)
            cairo_clip(context)
        }
        use(text.color)
        cairo_move_to(context, x - set.left, y)
        pango_cairo_show_layout(context, set.layout)
        return turned
            ? Rectangle(x: place.x + y, y: place.y - x - set.width, width: set.height, height: set.width)
            : Rectangle(x: place.x + x, y: place.y + y, width: set.width, height: set.height)
    }
}

/// A text layout of Pango, with its size in points.
private final class SetText {
    let layout: OpaquePointer
    private(set) var width = 0.0
    private(set) var height = 0.0
    private(set) var left = 0.0
    private(set) var baseline = 0.0
    private(set) var isOverflowing = false

    init?(_ text: Text, on context: OpaquePointer) {
        let letters = Array(text.harmless.utf8)
        guard !letters.isEmpty, let layout = pango_cairo_create_layout(context) else { return nil }
        self.layout = layout
        let options = cairo_font_options_create()
        // Letters have the same proportions at every scale, so that all formats look the same.
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        pango_cairo_context_set_font_options(pango_layout_get_context(layout), options)
        cairo_font_options_destroy(options)

        let description = pango_font_description_new()
        pango_font_description_set_family(description, text.font.family == .sans ? "Sans" : "Monospace")
        pango_font_description_set_weight(description, text.font.isBold ? PANGO_WEIGHT_SEMIBOLD : PANGO_WEIGHT_NORMAL)
        let size = text.font.size.isFinite ? min(1_000, max(0.1, text.font.size)) : 10
        pango_font_description_set_absolute_size(description, size * Double(PANGO_SCALE))
        pango_layout_set_font_description(layout, description)
        pango_font_description_free(description)

        letters.withUnsafeBytes {
            pango_layout_set_text(layout, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count))
        }
        pango_layout_set_single_paragraph_mode(layout, 1)
        // An inserted name does not change the direction of the text around it.
        pango_layout_set_auto_dir(layout, text.string.unicodeScalars.contains("\u{2068}") ? 0 : 1)
        if let room = text.width, room.isFinite {
            pango_layout_set_width(layout, Int32(min(100_000, max(0, room)) * Double(PANGO_SCALE)))
            pango_layout_set_height(layout, -Int32(text.lines))
            pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
            pango_layout_set_ellipsize(
                layout, text.truncation == .end ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_MIDDLE)
            let alignment: PangoAlignment =
                switch text.horizontal {
                case .left: PANGO_ALIGN_LEFT
                case .center: PANGO_ALIGN_CENTER
                case .right: PANGO_ALIGN_RIGHT
                }
            pango_layout_set_alignment(layout, alignment)
        }
        var (ink, logical) = (PangoRectangle(), PangoRectangle())
        pango_layout_get_extents(layout, &ink, &logical)
        func points(_ units: Int32) -> Double { Double(units) / Double(PANGO_SCALE) }
        left = points(logical.x)
        width = points(logical.width)
        height = points(logical.height)
        baseline = points(pango_layout_get_baseline(layout))
        isOverflowing =
            points(ink.y) < -height / 4 || points(ink.y + ink.height) > height * 1.25
            || points(ink.width) > width + height / 2
    }

    deinit { g_object_unref(UnsafeMutableRawPointer(layout)) }
}
