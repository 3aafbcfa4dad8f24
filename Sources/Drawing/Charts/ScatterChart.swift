/// Points of several groups, each with a colour and a shape of its own.
public struct ScatterChart: Drawable {
    /// Points that belong together, such as the pictures of a class.
    public struct Group: Sendable, Hashable {
        /// What it is called in the legend.
        public var name: String
        /// The points.
        public var points: [Point]
        /// By default the palette's next one.
        public var color: Color?

        /// A group of points.
        public init(_ name: String, _ points: [Point], color: Color? = nil) {
            self.name = name
            self.points = points
            self.color = color
        }
    }

    /// What stands above; empty for nothing.
    public var title: String
    /// The groups.
    public var groups: [Group]
    public var x: Axis, y: Axis
    /// What it looks like.
    public var theme: Theme
    /// Its size in points.
    public var size: Size

    /// Above it the points are drawn as pixels in all kinds of files, which would grow too large else.
    private static let mostShapes = 3_000

    /// A chart of points.
    public init(
        _ title: String = "", _ groups: [Group], x: Axis = Axis(), y: Axis = Axis(), theme: Theme = .light,
        size: Size = Size(width: 800, height: 560)
    ) {
        self.title = title
        self.groups = groups
        self.x = x
        self.y = y
        self.theme = theme
        self.size = size
    }

    /// Draws it.
    public func draw(on canvas: Canvas) {
        let inside = ChartFrame.draw(title, size, theme, on: canvas)
        let names = groups.count == 1 ? [] : groups.map(\.name)
        let legend = Legend.width(of: names, theme: theme, on: canvas)
        let plot = Plot(
            in: inside.inset(right: legend),
            x: AxisScale(x, values: groups.lazy.flatMap { $0.points.lazy.map(\.x) }),
            y: AxisScale(y, values: groups.lazy.flatMap { $0.points.lazy.map(\.y) }), theme: theme, on: canvas)
        plot.draw(on: canvas)
        let count = groups.reduce(0) { $0 + $1.points.count }
        let radius = count > 5_000 ? 1.7 : count > 500 ? 2.4 : 3.6
        if count > Self.mostShapes {
            canvas.rasterized(in: plot.frame) { drawPoints(plot, radius: radius, on: $0) }
        } else {
            canvas.clipped(to: plot.frame.inset(by: -4)) { drawPoints(plot, radius: radius, on: canvas) }
        }
        guard legend > 0 else { return }
        let entries = groups.indices.map { index in
            Legend.Entry(name: groups[index].name, y: plot.frame.top) { canvas, place in
                canvas.draw(shape(index), at: Point(x: place.x + 10, y: place.y), radius: 4.5, color(index))
            }
        }
        Legend.draw(
            entries,
            in: Rectangle(x: inside.right - legend, y: plot.frame.top, width: legend, height: plot.frame.height),
            theme: theme, on: canvas)
    }

    /// The groups take turns, point by point, so that no large one hides all others.
    private func drawPoints(_ plot: Plot, radius: Double, on canvas: Canvas) {
        let longest = groups.map(\.points.count).max() ?? 0
        for row in 0..<longest {
            for index in groups.indices where row < groups[index].points.count {
                let values = groups[index].points[row]
                let place = plot.point(values.x, values.y)
                if place.isFinite { canvas.draw(shape(index), at: place, radius: radius, color(index).opacity(0.8)) }
            }
        }
    }

    private func color(_ index: Int) -> Color { groups[index].color ?? theme.palette[index] }

    /// Groups of the same colour differ in their shapes.
    private func shape(_ index: Int) -> Canvas.Shape {
        let colors = max(1, theme.palette.colors.count)
        let shapes = Canvas.Shape.allCases
        // Neighbours too, as long as colours are left, for those who see no colours.
        return shapes[(index + index / colors) % shapes.count]
    }
}
