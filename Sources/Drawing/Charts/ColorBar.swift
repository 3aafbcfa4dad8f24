/// Which colour means which value, as an upright bar with numbers at its right.
public struct ColorBar: Drawable {
    /// What the colours measure.
    public var label: String
    /// The colours of the values.
    public var colormap: Colormap
    /// The values of the first and the last colour.
    public var range: ClosedRange<Double>
    /// How values become colours between them.
    public var scale: ColorScale
    /// Whether only whole numbers are written.
    public var isWhole: Bool
    /// What it looks like.
    public var theme: Theme
    /// Its size in points.
    public var size: Size

    /// A bar of colours.
    public init(
        _ label: String = "", _ colormap: Colormap, range: ClosedRange<Double>, scale: ColorScale = .linear,
        isWhole: Bool = false, theme: Theme = .light, size: Size = Size(width: 80, height: 240)
    ) {
        self.label = label
        self.colormap = colormap
        self.range = range
        self.scale = scale
        self.isWhole = isWhole
        self.theme = theme
        self.size = size
    }

    /// Draws it.
    public func draw(on canvas: Canvas) {
        canvas.fill(Rectangle(size), theme.background)
        let bar = Rectangle(x: 0, y: 7, width: 13, height: max(1, size.height - 14))
        let colors = Raster(width: 1, height: 256) { _, y in colormap[1 - Double(y) / 255] }
        canvas.draw(colors, in: bar)
        let axis = AxisScale(Axis(range: range, isWhole: isWhole), values: [])
        var lowest = Double.infinity
        var widest = 0.0
        let ticks = axis.ticks(atMost: max(2, min(8, Int(bar.height / 34))))
        for (value, words) in zip(ticks.values, ticks.labels) {
            let y = bar.bottom - scale.share(of: value, in: range) * bar.height
            // On a bent scale the numbers crowd together at one end.
            guard range.contains(value), lowest - y >= 13 else { continue }
            lowest = y
            canvas.line(from: Point(x: bar.right, y: y), to: Point(x: bar.right + 3, y: y), theme.line)
            let place = canvas.draw(
                Text(words, .small, theme.faint, vertical: .middle), at: Point(x: bar.right + 6, y: y))
            widest = max(widest, place.width)
        }
        guard !label.isEmpty else { return }
        canvas.draw(
            Text(label, .small, theme.text, width: size.height, horizontal: .center),
            at: Point(x: min(size.width - 17, bar.right + widest + 9), y: size.height / 2), turned: true)
    }
}
