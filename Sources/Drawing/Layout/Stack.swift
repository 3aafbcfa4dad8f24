/// Drawings below or next to each other. Line charts of the same width that are below each other have aligned plots.
public struct Stack: Drawable {
    /// The direction of a stack.
    public enum Direction: Sendable {
        /// Drawings are below each other.
        case rows
        /// Drawings are next to each other.
        case columns
    }

    /// The title; empty for none.
    public var title: String
    /// The direction.
    public var direction: Direction
    /// The drawings.
    public var drawings: [any Drawable]
    /// The space between two drawings, in points.
    public var spacing: Double
    /// The theme.
    public var theme: Theme

    /// Creates a stack of drawings.
    public init(
        _ direction: Direction, _ drawings: [any Drawable], title: String = "", spacing: Double = 0,
        theme: Theme = .light
    ) {
        self.title = title
        self.direction = direction
        self.drawings = drawings
        self.spacing = spacing
        self.theme = theme
    }

    private var head: Double { title.isEmpty ? 0 : ChartFrame.titleHeight + ChartFrame.margin }

    /// The size in points, which depends on the drawings.
    public var size: Size {
        let sizes = drawings.map(\.size)
        let gaps = spacing * Double(max(0, sizes.count - 1))
        let (widths, heights) = (sizes.map(\.width), sizes.map(\.height))
        switch direction {
        case .rows: return Size(width: widths.max() ?? 0, height: heights.reduce(head + gaps, +))
        case .columns: return Size(width: widths.reduce(gaps, +), height: (heights.max() ?? 0) + head)
        }
    }

    /// Draws on a canvas.
    public func draw(on canvas: Canvas) {
        let size = size
        canvas.fill(Rectangle(size), theme.background)
        if !title.isEmpty {
            canvas.draw(
                Text(title, .title, theme.text, width: size.width - 2 * ChartFrame.margin),
                at: Point(x: ChartFrame.margin, y: ChartFrame.margin))
        }
        var place = Point(x: 0, y: head)
        let charts = direction == .rows ? drawings.compactMap { $0 as? LineChart } : []
        let margins = Dictionary(grouping: charts, by: \.size.width).mapValues { charts in
            charts.map { $0.margins(on: canvas) }.reduce(PlotMargins()) { $0.union($1) }
        }
        for drawing in drawings {
            if let chart = drawing as? LineChart {
                canvas.translated(to: place) {
                    chart.draw(on: canvas, margins: margins[chart.size.width] ?? PlotMargins())
                }
            } else {
                canvas.place(drawing, at: place)
            }
            let drawn = drawing.size
            switch direction {
            case .rows: place.y += drawn.height + spacing
            case .columns: place.x += drawn.width + spacing
            }
        }
    }
}
