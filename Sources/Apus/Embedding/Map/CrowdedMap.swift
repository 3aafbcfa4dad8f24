internal import Drawing

/// Points of many groups, which bear their names where most of their points lie.
struct CrowdedMap: Drawable {
    let title: String
    let groups: [ScatterChart.Group]
    let theme: Theme

    private static let margin = 20.0
    private static let head = 36.0

    var size: Size { Size(width: 1000, height: 1000 + Self.head) }

    func draw(on canvas: Canvas) {
        canvas.fill(Rectangle(size), theme.background)
        canvas.draw(
            Text(title, .title, theme.text, width: size.width - 2 * Self.margin),
            at: Point(x: Self.margin, y: Self.margin / 2))
        let frame = Rectangle(size).inset(
            left: Self.margin, top: Self.head, right: Self.margin, bottom: Self.margin)
        let points = groups.flatMap(\.points)
        guard let left = points.map(\.x).min(), let right = points.map(\.x).max(),
            let bottom = points.map(\.y).min(), let top = points.map(\.y).max()
        else { return }
        func place(_ point: Point) -> Point {
            Point(
                x: frame.left + (point.x - left) / max(right - left, .leastNormalMagnitude) * frame.width,
                y: frame.bottom - (point.y - bottom) / max(top - bottom, .leastNormalMagnitude) * frame.height)
        }
        let radius = points.count > 2000 ? 1.6 : 2.4
        // The groups take turns, so that no large one hides all others.
        for row in 0..<(groups.map(\.points.count).max() ?? 0) {
            for (number, group) in groups.enumerated() where row < group.points.count {
                canvas.circle(at: place(group.points[row]), radius: radius, theme.palette[number].opacity(0.7))
            }
        }
        name(groups.enumerated().map { ($1, theme.palette[$0], place($1.middle)) }, within: frame, on: canvas)
    }

    /// Writes the names, those of large groups first; one that would cover another is left out.
    private func name(
        _ groups: [(group: ScatterChart.Group, color: Color, place: Point)], within frame: Rectangle,
        on canvas: Canvas
    ) {
        var taken: [Rectangle] = []
        for (group, color, place) in groups.sorted(by: { $0.group.points.count > $1.group.points.count }) {
            let text = Text(
                group.name, Font(size: 11, isBold: true), color, width: 150, horizontal: .center, vertical: .middle)
            let size = canvas.size(of: text)
            let middle = Point(
                x: min(max(place.x, frame.left + size.width / 2), frame.right - size.width / 2),
                y: min(max(place.y, frame.top + size.height / 2), frame.bottom - size.height / 2))
            let room = Rectangle(
                x: middle.x - size.width / 2 - 3, y: middle.y - size.height / 2, width: size.width + 6,
                height: size.height)
            let isTaken = taken.contains {
                $0.left < room.right && room.left < $0.right && $0.top < room.bottom && room.top < $0.bottom
            }
            guard !isTaken else { continue }
            taken.append(room)
            canvas.fill(room, theme.background.opacity(0.8), radius: 3)
            canvas.draw(text, at: middle)
        }
    }
}

extension ScatterChart.Group {
    /// The point in the middle by each coordinate: a few strays do not move it.
    fileprivate var middle: Point {
        guard !points.isEmpty else { return Point(x: 0, y: 0) }
        return Point(x: points.map(\.x).sorted()[points.count / 2], y: points.map(\.y).sorted()[points.count / 2])
    }
}
