/// The margins left and right of a plot, for labels.
struct PlotMargins {
    var left = 0.0, right = 0.0

    /// Returns the larger margins of both.
    func union(_ other: PlotMargins) -> PlotMargins {
        PlotMargins(left: max(left, other.left), right: max(right, other.right))
    }
}

/// The area of a chart between its axes.
struct Plot {
    let frame: Rectangle
    let x: AxisScale
    let y: AxisScale
    let theme: Theme
    private let xTicks: Ticks
    private let yTicks: Ticks
    private let area: Rectangle

    /// Creates a plot whose axes and labels fit into a part of a drawing.
    ///
    /// - Parameter least: the minimum margins.
    init(
        in area: Rectangle, x: AxisScale, y: AxisScale, least: PlotMargins = PlotMargins(), theme: Theme,
        on canvas: Canvas
    ) {
        func width(_ text: String) -> Double { canvas.size(of: Text(text, .small, theme.faint)).width }
        self.area = area
        (self.x, self.y, self.theme) = (x, y, theme)
        let bottom = (x.axis.label.isEmpty ? 0 : 20.0) + 22
        let yTicks = y.ticks(atMost: Int((area.height - bottom) / 30))
        let left = max(
            least.left, (yTicks.labels.map(width).max() ?? 0) + 9 + (y.axis.label.isEmpty ? 0 : 22))
        let top = 8.0
        self.yTicks = yTicks

        // As many tick labels as fit next to each other.
        let room = max(1, area.width - left - max(8, least.right))
        var count = min(12, max(2, Int(room / 55)))
        var ticks = x.ticks(atMost: count)
        while count > 2, ticks.labels.map({ width($0) + 14 }).reduce(0, +) > room {
            count -= 1
            ticks = x.ticks(atMost: count)
        }
        xTicks = ticks
        let last = ticks.values.last.map(x.fraction) ?? 0
        let overhang = (ticks.labels.last.map(width) ?? 0) / 2 - (1 - last) * room
        frame = area.inset(left: left, top: top, right: max(least.right, 8, overhang + 4), bottom: bottom)
    }

    /// Returns the position of a pair of values; NaN if it has none.
    func point(_ xValue: Double, _ yValue: Double) -> Point {
        // Very large coordinates can't be drawn.
        func within(_ fraction: Double) -> Double { fraction.isNaN ? .nan : min(20, max(-20, fraction)) }
        return Point(
            x: frame.left + within(x.fraction(xValue)) * frame.width,
            y: frame.bottom - within(y.fraction(yValue)) * frame.height)
    }

    /// Draws the grid, the axes and their labels.
    func draw(on canvas: Canvas) {
        for value in xTicks.minor { vertical(value, theme.grid.opacity(0.55), on: canvas) }
        for value in yTicks.minor { horizontal(value, theme.grid.opacity(0.55), on: canvas) }
        for value in xTicks.values { vertical(value, theme.grid, on: canvas) }
        for value in yTicks.values { horizontal(value, theme.grid, on: canvas) }
        canvas.line(
            from: Point(x: frame.left, y: frame.bottom), to: Point(x: frame.right, y: frame.bottom), theme.line)
        for (value, label) in zip(xTicks.values, xTicks.labels) {
            let place = Point(x: frame.left + x.fraction(value) * frame.width, y: frame.bottom + 5)
            canvas.draw(Text(label, .small, theme.faint, horizontal: .center), at: place)
        }
        for (value, label) in zip(yTicks.values, yTicks.labels) {
            let place = Point(x: frame.left - 7, y: frame.bottom - y.fraction(value) * frame.height)
            canvas.draw(Text(label, .small, theme.faint, horizontal: .right, vertical: .middle), at: place)
        }
        if !x.axis.label.isEmpty {
            canvas.draw(
                Text(x.axis.label, .label, theme.text, width: area.width, horizontal: .center, vertical: .bottom),
                at: Point(x: frame.center.x, y: area.bottom))
        }
        if !y.axis.label.isEmpty {
            canvas.draw(
                Text(y.axis.label, .label, theme.text, width: area.height, horizontal: .center),
                at: Point(x: area.left, y: frame.center.y), turned: true)
        }
    }

    private func vertical(_ value: Double, _ color: Color, on canvas: Canvas) {
        let x = frame.left + x.fraction(value) * frame.width
        canvas.line(from: Point(x: x, y: frame.top), to: Point(x: x, y: frame.bottom), color)
    }

    private func horizontal(_ value: Double, _ color: Color, on canvas: Canvas) {
        let y = frame.bottom - y.fraction(value) * frame.height
        canvas.line(from: Point(x: frame.left, y: y), to: Point(x: frame.right, y: y), color)
    }
}
