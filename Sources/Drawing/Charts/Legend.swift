/// A legend to the right of a plot.
struct Legend {
    /// A name with its symbol and preferred position.
    struct Entry {
        var name: String
        var y: Double
        var sample: (_ canvas: Canvas, _ place: Point) -> Void
    }

    static let sampleWidth = 26.0
    static let rowHeight = 18.0
    private static let widest = 190.0

    /// Returns the width of a legend; 0 without names.
    static func width(of names: [String], theme: Theme, on canvas: Canvas) -> Double {
        guard names.contains(where: { !$0.isEmpty }) else { return 0 }
        let widths = names.prefix(200).map {
            canvas.size(of: Text($0, .label, theme.text, width: widest - sampleWidth)).width
        }
        return (widths.max() ?? 0) + sampleWidth + 10
    }

    /// Draws names in a column, each as near as possible to its preferred position.
    static func draw(_ entries: [Entry], in column: Rectangle, theme: Theme, on canvas: Canvas) {
        let named = entries.filter { !$0.name.isEmpty }
        guard !named.isEmpty, column.width > 0 else { return }
        let room = max(1, Int(column.height / rowHeight))
        let shown = named.count > room ? Array(named.prefix(max(1, room - 1))) : named
        let left = column.left + 10
        let count = shown.count + (shown.count < named.count ? 1 : 0)
        let places = spread(shown.map { $0.y.isFinite ? $0.y : column.bottom }, in: column, total: count)
        for (entry, y) in zip(shown, places) {
            entry.sample(canvas, Point(x: left, y: y))
            canvas.draw(
                Text(
                    entry.name, .label, theme.text, width: column.right - left - sampleWidth, vertical: .middle,
                    truncation: .middle),
                at: Point(x: left + sampleWidth, y: y))
        }
        if shown.count < named.count {
            canvas.draw(
                Text("and \(named.count - shown.count) more", .small, theme.faint, vertical: .middle),
                at: Point(x: left, y: column.bottom - rowHeight / 2))
        }
    }

    /// Returns positions near the preferred ones, at least a row apart and within the column.
    private static func spread(_ wanted: [Double], in column: Rectangle, total: Int) -> [Double] {
        let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
        var places = wanted
        var floor = column.top + rowHeight / 2
        for index in order {
            places[index] = max(floor, wanted[index])
            floor = places[index] + rowHeight
        }
        var ceiling = column.bottom - rowHeight / 2 - Double(total - wanted.count) * rowHeight
        for index in order.reversed() {
            places[index] = min(places[index], ceiling)
            ceiling = places[index] - rowHeight
        }
        return places
    }
}

/// The common frame of all charts.
enum ChartFrame {
    static let margin = 14.0

    /// Draws the background and the title, and returns the area below the title.
    static func draw(_ title: String, _ size: Size, _ theme: Theme, on canvas: Canvas) -> Rectangle {
        canvas.fill(Rectangle(size), theme.background)
        let place = Rectangle(size).inset(by: margin)
        canvas.draw(
            Text(title, .title, theme.text, width: place.width, truncation: .middle),
            at: Point(x: place.left, y: place.top - 2))
        return inside(title, size)
    }

    /// Returns the area below the title.
    static func inside(_ title: String, _ size: Size) -> Rectangle {
        Rectangle(size).inset(by: margin).inset(top: title.isEmpty ? 0 : titleHeight)
    }

    /// The height of a title.
    static let titleHeight = 28.0
}

/// A vertical color bar with tick labels.
public struct ColorBar: Drawable {
    /// The label of the color bar.
    public var label: String
    /// The colormap.
    public var colormap: Colormap
    /// The values of the first and the last color.
    public var range: ClosedRange<Double>
    /// The scale of the colors.
    public var scale: ColorScale
    /// Whether tick labels are whole numbers only.
    public var isWhole: Bool
    /// The format of tick labels.
    public var format: Axis.Format
    /// The theme.
    public var theme: Theme
    /// The size in points.
    public var size: Size

    /// Creates a color bar.
    public init(
        _ label: String = "", _ colormap: Colormap, range: ClosedRange<Double>, scale: ColorScale = .linear,
        isWhole: Bool = false, format: Axis.Format = .number, theme: Theme = .light,
        size: Size = Size(width: 80, height: 240)
    ) {
        self.label = label
        self.colormap = colormap
        self.range = range
        self.scale = scale
        self.isWhole = isWhole
        self.format = format
        self.theme = theme
        self.size = size
    }

    /// Draws on a canvas.
    public func draw(on canvas: Canvas) {
        canvas.fill(Rectangle(size), theme.background)
        let bar = Rectangle(x: 0, y: 7, width: 13, height: max(1, size.height - 14))
        let colors = Raster(width: 1, height: 256) { _, y in colormap[1 - Double(y) / 255] }
        canvas.draw(colors, in: bar)
        let axis = AxisScale(Axis(format: format, range: range, isWhole: isWhole), values: [])
        var lowest = Double.infinity
        var widest = 0.0
        let ticks = axis.ticks(atMost: max(2, min(8, Int(bar.height / 34))))
        for (value, words) in zip(ticks.values, ticks.labels) {
            let y = bar.bottom - scale.fraction(of: value, in: range) * bar.height
            // On a square root scale the labels crowd at one end.
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
