/// The names of series beside a plot, so that they hide nothing.
struct Legend {
    /// A name, what stands before it, and where it would best stand.
    struct Entry {
        var name: String
        var y: Double
        var sample: (_ canvas: Canvas, _ place: Point) -> Void
    }

    static let sampleWidth = 26.0
    static let rowHeight = 18.0
    private static let widest = 190.0

    /// The room that names take beside a plot; none where there is nothing to name.
    static func width(of names: [String], theme: Theme, on canvas: Canvas) -> Double {
        guard names.contains(where: { !$0.isEmpty }) else { return 0 }
        let widths = names.prefix(200).map {
            canvas.size(of: Text($0, .label, theme.text, width: widest - sampleWidth)).width
        }
        return (widths.max() ?? 0) + sampleWidth + 10
    }

    /// Draws names in a column, each as near to its place as the others let it.
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
                    entry.name, .label, theme.text, width: column.right - left - sampleWidth, vertical: .middle),
                at: Point(x: left + sampleWidth, y: y))
        }
        if shown.count < named.count {
            canvas.draw(
                Text("and \(named.count - shown.count) more", .small, theme.faint, vertical: .middle),
                at: Point(x: left, y: column.bottom - rowHeight / 2))
        }
    }

    /// Places near the wanted ones, a row apart from each other and within the column.
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

/// What all charts have around them.
enum ChartFrame {
    static let margin = 14.0

    /// Draws the ground and the title, and gives the room below it.
    static func draw(_ title: String, _ size: Size, _ theme: Theme, on canvas: Canvas) -> Rectangle {
        canvas.fill(Rectangle(size), theme.background)
        let place = Rectangle(size).inset(by: margin)
        canvas.draw(Text(title, .title, theme.text, width: place.width), at: Point(x: place.left, y: place.top - 2))
        return inside(title, size)
    }

    /// The room below the title.
    static func inside(_ title: String, _ size: Size) -> Rectangle {
        Rectangle(size).inset(by: margin).inset(top: title.isEmpty ? 0 : titleHeight)
    }

    /// The room that a title takes.
    static let titleHeight = 28.0
}
