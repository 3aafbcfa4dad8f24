/// Values over another quantity, as lines.
public struct LineChart: Drawable {
    /// One line.
    public struct Series: Sendable, Hashable {
        /// What it is called in the legend.
        public var name: String
        /// The values in order; where one is no number, or infinite, the line has a gap.
        public var points: [Point]
        /// For each point, the values between which it may lie; drawn as a band.
        public var band: [ClosedRange<Double>]
        /// By default the palette's next one.
        public var color: Color?
        /// Whether it is dashed.
        public var isDashed: Bool
        /// Whether a value holds until the next one, so that the line has steps.
        public var isStepped: Bool
        /// Whether each point has a dot.
        public var showsPoints: Bool
        /// Whether it is drawn thin and pale, as noisy values behind their mean.
        public var isFaint: Bool

        /// A line through points.
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

    /// Something to point out.
    public enum Mark: Sendable, Hashable {
        /// A ring around a point of a series, with words.
        case point(Point, String, series: Int)
        /// A dashed line upwards, with words at its upper end.
        case vertical(Double, String)
        /// A dashed line across, with words.
        case horizontal(Double, String)
        /// A dashed line from the lower left to the upper right, where both values are equal.
        case diagonal
    }

    /// What stands above; empty for nothing.
    public var title: String
    /// The lines.
    public var series: [Series]
    /// What is pointed out.
    public var marks: [Mark]
    public var x: Axis, y: Axis
    /// What it looks like.
    public var theme: Theme
    /// Its size in points.
    public var size: Size

    /// A chart of lines.
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

    /// Draws it.
    public func draw(on canvas: Canvas) { draw(on: canvas, margins: PlotMargins()) }

    /// The room that its words take left and right of its plot.
    func margins(on canvas: Canvas) -> PlotMargins {
        let inside = ChartFrame.inside(title, size)
        let frame = plot(in: inside, legend: legendWidth(on: canvas), margins: PlotMargins(), on: canvas).frame
        return PlotMargins(left: frame.left - inside.left, right: inside.right - frame.right)
    }

    /// Draws it with at least so much room left and right of its plot.
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
