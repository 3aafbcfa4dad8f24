internal import CPango

extension Canvas {
    /// The room that a text takes.
    public func size(of text: Text) -> Size {
        guard let set = SetText(text, on: context) else { return Size(width: 0, height: 0) }
        return Size(width: set.width, height: set.height)
    }

    /// Draws a text, and gives the room that it took.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - place: where it is anchored.
    ///   - turned: whether it runs from below to above.
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
            // Heaps of accents would run over what stands above and below.
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

/// A text that Pango has set, with its measures in points.
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
        // Letters keep their proportions at every scale, so that the three kinds of files agree.
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
        // A name within longer words does not turn them.
        pango_layout_set_auto_dir(layout, text.string.unicodeScalars.contains("\u{2068}") ? 0 : 1)
        if let room = text.width, room.isFinite {
            pango_layout_set_width(layout, Int32(min(100_000, max(0, room)) * Double(PANGO_SCALE)))
            pango_layout_set_height(layout, -Int32(text.lines))
            pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
            pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END)
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
