/// A horizontal bar chart.
public struct BarChart: Drawable {
    /// One bar.
    public struct Bar: Sendable, Hashable {
        /// The label of the bar.
        public var label: String
        /// The value; NaN for no bar.
        public var value: Double
        /// The text at the end of the bar; nil for the value.
        public var note: String?
        /// The confidence interval, drawn as an error bar.
        public var interval: ClosedRange<Double>?
        /// The color; nil for the first color of the palette.
        public var color: Color?

        /// Creates a bar.
        public init(
            _ label: String, _ value: Double, note: String? = nil, interval: ClosedRange<Double>? = nil,
            color: Color? = nil
        ) {
            self.label = label
            self.value = value
            self.note = note
            self.interval = interval
            self.color = color
        }
    }

    /// The title; empty for none.
    public var title: String
    /// The bars from top to bottom.
    public var bars: [Bar]
    /// The axis of the values.
    public var axis: Axis
    /// A reference value, drawn as a dashed line with a label.
    public var reference: (value: Double, label: String)?
    /// The theme.
    public var theme: Theme
    /// The width in points.
    public var width: Double

    /// Creates a bar chart. Its height depends on the number of bars.
    public init(
        _ title: String = "", _ bars: [Bar], axis: Axis = Axis(startsAtZero: true),
        reference: (value: Double, label: String)? = nil, theme: Theme = .light, width: Double = 800
    ) {
        self.title = title
        self.bars = bars
        self.axis = axis
        self.reference = reference
        self.theme = theme
        self.width = width
    }

    /// The height of a row, smaller for many bars.
    private var rowHeight: Double { bars.count > 40 ? 17 : 23 }
    private var font: Font { bars.count > 40 ? .small : .label }

    /// The size in points. The height depends on the number of bars.
    public var size: Size {
        let head = (title.isEmpty ? 0 : ChartFrame.titleHeight) + (reference == nil ? 0 : 18)
        let foot = 24.0 + (axis.label.isEmpty ? 0 : 20)
        return Size(
            width: width, height: ChartFrame.margin * 2 + head + Double(max(1, bars.count)) * rowHeight + foot)
    }

    /// Draws on a canvas.
    public func draw(on canvas: Canvas) {
        let inside = ChartFrame.draw(title, size, theme, on: canvas).inset(top: reference == nil ? 0 : 18)
        let labels = bars.map { canvas.size(of: Text($0.label, font, theme.text)).width }
        let left = min(inside.width * 0.4, (labels.max() ?? 0) + 2)
        let notes = bars.map { canvas.size(of: Text(note($0), .small, theme.faint)).width }
        let right = min(inside.width * 0.3, (notes.max() ?? 0) + 8)
        let values = bars.flatMap { [$0.value] + ($0.interval.map { [$0.lowerBound, $0.upperBound] } ?? []) }
        let scale = AxisScale(
            axis, values: values + (reference.map { [$0.value] } ?? []) + (axis.scale == .linear ? [0] : []))
        let frame = inside.inset(
            left: left + 8, right: right, bottom: 24 + (axis.label.isEmpty ? 0 : 20))
        func place(_ value: Double) -> Double { frame.left + min(1, max(0, scale.fraction(value))) * frame.width }

        drawAxis(scale, frame, inside, on: canvas)
        drawReference(scale, frame, inside, on: canvas)
        let start = axis.scale == .linear ? place(0) : frame.left
        for (index, bar) in bars.enumerated() {
            let middle = frame.top + (Double(index) + 0.5) * rowHeight
            canvas.draw(
                Text(bar.label, font, theme.text, width: left, horizontal: .right, vertical: .middle),
                at: Point(x: frame.left - 8, y: middle))
            var end = start
            if !scale.fraction(bar.value).isNaN {
                end = place(bar.value)
                let height = rowHeight * 0.68
                canvas.fill(
                    Rectangle(x: min(start, end), y: middle - height / 2, width: abs(end - start), height: height),
                    bar.color ?? theme.palette[0], radius: 1.5)
            }
            if let interval = bar.interval {
                let (low, high) = (place(interval.lowerBound), place(interval.upperBound))
                for (from, to) in [
                    (Point(x: low, y: middle), Point(x: high, y: middle)),
                    (Point(x: low, y: middle - 3), Point(x: low, y: middle + 3)),
                    (Point(x: high, y: middle - 3), Point(x: high, y: middle + 3)),
                ] where low.isFinite && high.isFinite {
                    canvas.line(from: from, to: to, theme.text, width: 1.2)
                }
                end = max(end, high)
            }
            let words = Text(note(bar), .small, theme.faint, width: inside.right - end - 6, vertical: .middle)
            let room = canvas.size(of: words)
            let corner = Point(x: max(end, start) + 6, y: middle)
            // The dashed line must not cross the number.
            canvas.fill(
                Rectangle(x: corner.x - 1, y: middle - room.height / 2, width: room.width + 2, height: room.height),
                theme.background)
            canvas.draw(words, at: corner)
        }
    }

    private func note(_ bar: Bar) -> String {
        bar.note ?? (axis.format == .percent ? NumberText.percent(bar.value) : NumberText.short(bar.value))
    }

    private func drawReference(_ scale: AxisScale, _ frame: Rectangle, _ inside: Rectangle, on canvas: Canvas) {
        guard let reference, !scale.fraction(reference.value).isNaN else { return }
        let x = frame.left + min(1, max(0, scale.fraction(reference.value))) * frame.width
        canvas.line(
            from: Point(x: x, y: frame.top - 3), to: Point(x: x, y: frame.bottom), theme.text, width: 1.2, dash: [4, 3])
        let text = Text(
            reference.label, .small, theme.text, width: inside.width / 2, horizontal: .center, vertical: .bottom)
        let half = canvas.size(of: text).width / 2
        canvas.draw(
            text, at: Point(x: max(inside.left + half, min(inside.right - half, x)), y: frame.top - 4))
    }

    private func drawAxis(_ scale: AxisScale, _ frame: Rectangle, _ inside: Rectangle, on canvas: Canvas) {
        let ticks = scale.ticks(atMost: min(8, max(2, Int(frame.width / 80))))
        for (value, label) in zip(ticks.values, ticks.labels) {
            let x = frame.left + scale.fraction(value) * frame.width
            canvas.line(from: Point(x: x, y: frame.top), to: Point(x: x, y: frame.bottom), theme.grid)
            canvas.draw(
                Text(label, .small, theme.faint, horizontal: .center), at: Point(x: x, y: frame.bottom + 4))
        }
        guard !axis.label.isEmpty else { return }
        canvas.draw(
            Text(axis.label, .label, theme.text, width: inside.width, horizontal: .center, vertical: .bottom),
            at: Point(x: frame.center.x, y: inside.bottom))
    }
}
