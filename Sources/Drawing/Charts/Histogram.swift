/// A histogram, drawn as columns.
public struct Histogram: Drawable {
    /// The title; empty for none.
    public var title: String
    /// The edges of the bins in ascending order, one more than `counts`.
    public var edges: [Double]
    /// The height of each column; NaN for no column.
    public var counts: [Double]
    public var x: Axis, y: Axis
    /// The color; nil for the first color of the palette.
    public var color: Color?
    /// Whether to draw a dashed diagonal, as in a reliability diagram.
    public var showsDiagonal: Bool
    /// The theme.
    public var theme: Theme
    /// The size in points.
    public var size: Size

    /// Creates a histogram from its counts.
    public init(
        _ title: String = "", edges: [Double], counts: [Double], x: Axis = Axis(), y: Axis = Axis(startsAtZero: true),
        color: Color? = nil, showsDiagonal: Bool = false, theme: Theme = .light,
        size: Size = Size(width: 800, height: 360)
    ) {
        self.title = title
        self.edges = edges
        self.counts = counts
        self.x = x
        self.y = y
        self.color = color
        self.showsDiagonal = showsDiagonal
        self.theme = theme
        self.size = size
    }

    /// Creates a histogram of values in bins of equal width.
    public init(
        _ title: String = "", of values: [Double], bins: Int = 30, range: ClosedRange<Double>? = nil, x: Axis = Axis(),
        y: Axis = Axis("count", startsAtZero: true), theme: Theme = .light, size: Size = Size(width: 800, height: 360)
    ) {
        let bins = max(1, bins)
        let range = range ?? finiteRange(of: values) ?? 0...1
        let step = (range.upperBound / 2 - range.lowerBound / 2) / Double(bins) * 2
        var counts = [Double](repeating: 0, count: bins)
        for value in values where range.contains(value) {
            counts[min(bins - 1, Int(Drawing.fraction(of: value, in: range) * Double(bins)))] += 1
        }
        self.init(
            title, edges: (0...bins).map { range.lowerBound + Double($0) * step }, counts: counts, x: x, y: y,
            theme: theme, size: size)
    }

    /// Draws on a canvas.
    public func draw(on canvas: Canvas) {
        let inside = ChartFrame.draw(title, size, theme, on: canvas)
        var x = x
        if x.range == nil, let low = edges.first, let high = edges.last, low < high { x.range = low...high }
        let plot = Plot(
            in: inside, x: AxisScale(x, values: edges), y: AxisScale(y, values: counts + [0]), theme: theme, on: canvas)
        plot.draw(on: canvas)
        let floor = min(plot.frame.bottom, max(plot.frame.top, plot.point(edges.first ?? 0, 0).y))
        canvas.clipped(to: plot.frame) {
            for (index, count) in counts.enumerated() where index + 1 < edges.count {
                let (left, right) = (plot.point(edges[index], count), plot.point(edges[index + 1], count))
                guard left.isFinite, right.isFinite else { continue }
                let gap = right.x - left.x > 6 ? 0.75 : 0
                canvas.fill(
                    Rectangle(
                        x: left.x + gap, y: min(left.y, floor), width: max(0.5, right.x - left.x - 2 * gap),
                        height: abs(floor - left.y)),
                    color ?? theme.palette[0])
            }
            if showsDiagonal {
                let (low, high) = (plot.x.domain.lowerBound, plot.x.domain.upperBound)
                canvas.line(
                    from: plot.point(low, low), to: plot.point(high, high), theme.text, width: 1.2, dash: [4, 3])
            }
        }
    }
}
