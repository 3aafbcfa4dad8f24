/// A line chart.
public struct LineChart: Drawable {
    /// A line.
    public struct Series: Sendable, Hashable {
        /// The name in the legend.
        public var name: String
        /// The points in order. The line has a gap at NaN and infinite values.
        public var points: [Point]
        /// The range of each point, such as a confidence interval, drawn as a band.
        public var band: [ClosedRange<Double>]
        /// The color; nil for the next color of the palette.
        public var color: Color?
        /// Whether the line is dashed.
        public var isDashed: Bool
        /// Whether the line is a step function that keeps a value until the next point.
        public var isStepped: Bool
        /// Whether each point has a marker.
        public var showsPoints: Bool
        /// Whether the line is thin and faint, such as noisy values behind their mean.
        public var isFaint: Bool

        /// Creates a line.
        public init(
            _ name: String, _ points: [Point], band: [ClosedRange<Double>] = [], color: Color? = nil,
            isDashed: Bool = false, isStepped: Bool = false, showsPoints: Bool = false, isFaint: Bool = false
        ) {
            self.name = name
            self.points = points
            self.band = band
            self.color = color
            self.isDashed = isDashed
            self.isStepped = isStepped
            self.showsPoints = showsPoints
            self.isFaint = isFaint
        }
    }

    /// An annotation.
    public enum Mark: Sendable, Hashable {
        /// A ring around a point of a series, with a label.
        case point(Point, String, series: Int)
        /// A dashed vertical line, with a label at the top.
        case vertical(Double, String)
        /// A dashed horizontal line, with a label.
        case horizontal(Double, String)
        /// A dashed diagonal where both values are equal.
        case diagonal
    }

    /// The title; empty for none.
    public var title: String
    /// The lines.
    public var series: [Series]
    /// The annotations.
    public var marks: [Mark]
    public var x: Axis, y: Axis
    /// The theme.
    public var theme: Theme
    /// The size in points.
    public var size: Size

    /// Creates a line chart.
    public init(
        _ title: String = "", _ series: [Series], marks: [Mark] = [], x: Axis = Axis(), y: Axis = Axis(),
        theme: Theme = .light, size: Size = Size(width: 800, height: 360)
    ) {
        self.title = title
        self.series = series
        self.marks = marks
        self.x = x
        self.y = y
        self.theme = theme
        self.size = size
    }

    /// Draws on a canvas.
    public func draw(on canvas: Canvas) { draw(on: canvas, margins: PlotMargins()) }

    /// Returns the margins for labels left and right of the plot.
    func margins(on canvas: Canvas) -> PlotMargins {
        let inside = ChartFrame.inside(title, size)
        let frame = plot(in: inside, legend: legendWidth(on: canvas), margins: PlotMargins(), on: canvas).frame
        return PlotMargins(left: frame.left - inside.left, right: inside.right - frame.right)
    }

    /// Draws with at least these margins left and right of the plot.
    func draw(on canvas: Canvas, margins: PlotMargins) {
        let inside = ChartFrame.draw(title, size, theme, on: canvas)
        let legend = legendWidth(on: canvas)
        let plot = plot(in: inside, legend: legend, margins: margins, on: canvas)
        plot.draw(on: canvas)
        canvas.clipped(to: plot.frame.inset(by: -2)) {
            for mark in marks { drawLine(of: mark, plot, on: canvas) }
            for index in series.indices { drawBand(index, plot, on: canvas) }
            for index in series.indices.sorted(by: { series[$0].isFaint && !series[$1].isFaint }) {
                draw(index, plot, on: canvas)
            }
        }
        for mark in marks { drawWords(of: mark, plot, on: canvas) }
        guard legend > 0 else { return }
        let entries = series.indices.map { index in
            Legend.Entry(name: series[index].name, y: endOfLine(index, plot)) { canvas, place in
                canvas.line(
                    from: Point(x: place.x, y: place.y), to: Point(x: place.x + 20, y: place.y), color(index),
                    width: width(index) + 0.5, dash: dash(index))
            }
        }
        Legend.draw(
            entries,
            in: Rectangle(x: inside.right - legend, y: plot.frame.top, width: legend, height: plot.frame.height),
            theme: theme, on: canvas)
    }

    private func legendWidth(on canvas: Canvas) -> Double {
        Legend.width(of: series.count == 1 ? [] : series.map(\.name), theme: theme, on: canvas)
    }

    private func plot(in inside: Rectangle, legend: Double, margins: PlotMargins, on canvas: Canvas) -> Plot {
        Plot(
            in: inside.inset(right: legend), x: AxisScale(x, values: xValues), y: AxisScale(y, values: yValues),
            least: PlotMargins(left: margins.left, right: margins.right - legend), theme: theme, on: canvas)
    }

    private var xValues: [Double] {
        series.flatMap { $0.points.map(\.x) }
            + marks.compactMap { mark in
                if case .vertical(let value, _) = mark { value } else { nil }
            }
    }

    private var yValues: [Double] {
        series.flatMap { series in
            series.points.map(\.y) + series.band.flatMap { [$0.lowerBound, $0.upperBound] }
        } + marks.compactMap { mark in if case .horizontal(let value, _) = mark { value } else { nil } }
    }
}
