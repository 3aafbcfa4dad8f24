/// A scatter chart of groups, each with its own pair of a color and a shape.
public struct ScatterChart: Drawable {
    /// A group of points, such as the images of a class.
    public struct Group: Sendable, Hashable {
        /// The name in the legend.
        public var name: String
        /// The points.
        public var points: [Point]
        /// The color; nil for the next color of the palette.
        public var color: Color?

        /// Creates a group.
        public init(_ name: String, _ points: [Point], color: Color? = nil) {
            self.name = name
            self.points = points
            self.color = color
        }
    }

    /// The title; empty for none.
    public var title: String
    /// The groups.
    public var groups: [Group]
    public var x: Axis, y: Axis
    /// The theme.
    public var theme: Theme
    /// The size in points.
    public var size: Size

    /// The largest number of points that are drawn as vectors. More points are drawn as pixels, which makes the file
    /// smaller.
    private static let mostShapes = 3_000

    /// Creates a scatter chart.
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

    /// Draws on a canvas.
    public func draw(on canvas: Canvas) {
        let inside = ChartFrame.draw(title, size, theme, on: canvas)
        let names = groups.count == 1 ? [] : groups.map(\.name)
        let legend = Legend.width(of: names, theme: theme, on: canvas)
        let plot = Plot(
            in: inside.inset(right: legend),
            x: AxisScale(x, values: groups.lazy.flatMap { $0.points.lazy.map(\.x) }),
            y: AxisScale(y, values: groups.lazy.flatMap { $0.points.lazy.map(\.y) }), theme: theme, on: canvas)
        plot.draw(on: canvas)
        let styles = styles
        let count = groups.reduce(0) { $0 + $1.points.count }
        let radius = count > 5_000 ? 1.7 : count > 500 ? 2.4 : 3.6
        if count > Self.mostShapes {
            canvas.rasterized(in: plot.frame) { drawPoints(plot, styles, radius: radius, on: $0) }
        } else {
            canvas.clipped(to: plot.frame.inset(by: -4)) { drawPoints(plot, styles, radius: radius, on: canvas) }
        }
        guard legend > 0 else { return }
        let entries = groups.indices.map { index in
            Legend.Entry(name: groups[index].name, y: plot.frame.top) { canvas, place in
                canvas.draw(
                    styles[index].shape, at: Point(x: place.x + 10, y: place.y), radius: 4.5, styles[index].color)
            }
        }
        Legend.draw(
            entries,
            in: Rectangle(x: inside.right - legend, y: plot.frame.top, width: legend, height: plot.frame.height),
            theme: theme, on: canvas)
    }

    /// Draws the points of all groups in turn, so that a large group does not hide the others.
    private func drawPoints(_ plot: Plot, _ styles: [GroupStyle], radius: Double, on canvas: Canvas) {
        let longest = groups.map(\.points.count).max() ?? 0
        for row in 0..<longest {
            for index in groups.indices where row < groups[index].points.count {
                let values = groups[index].points[row]
                let place = plot.point(values.x, values.y)
                guard place.isFinite else { continue }
                canvas.draw(styles[index].shape, at: place, radius: radius, styles[index].color.opacity(0.8))
            }
        }
    }

    /// The style of each group.
    var styles: [GroupStyle] {
        zip(groups, GroupStyle.styles(groups.count, theme: theme)).map { group, style in
            group.color.map { GroupStyle(color: $0, shape: style.shape) } ?? style
        }
    }
}
