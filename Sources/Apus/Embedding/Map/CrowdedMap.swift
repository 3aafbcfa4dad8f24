internal import Drawing
internal import Foundation

/// A scatter plot of many groups, with a label next to each. Labels do not overlap; a line leads to a group whose label
/// is not at its center.
struct CrowdedMap: Drawable {
    let title: String
    let groups: [ScatterChart.Group]
    let theme: Theme

    private static let margin = 20.0
    private static let head = 56.0
    /// The largest distance of a label from its group.
    private static let reach = 240.0
    private static let font = Font(size: 11)
    /// The width of the marker in a label.
    private static let sampleWidth = 13.0
    /// The largest number of points that are drawn as vectors. More points are drawn as pixels, which makes the file
    /// smaller.
    private static let mostShapes = 3_000

    /// The label of a group.
    struct Label: Equatable {
        /// The index of the group.
        let group: Int
        /// The point of the group that is nearest to its center.
        let anchor: Drawing.Point
        /// The place of the marker and the name.
        let room: Rectangle
    }

    var size: Size { Size(width: 1000, height: 1000 + Self.head) }

    private var frame: Rectangle {
        Rectangle(size).inset(left: Self.margin, top: Self.head, right: Self.margin, bottom: Self.margin)
    }

    func draw(on canvas: Canvas) {
        let styles = GroupStyle.styles(groups.count, theme: theme)
        let labels = labels { canvas.size(of: $0) }
        canvas.fill(Rectangle(size), theme.background)
        let width = size.width - 2 * Self.margin
        canvas.draw(
            Text(title, .title, theme.text, width: width), at: Point(x: Self.margin, y: Self.margin / 2))
        let rest = labels.count < groups.count ? ", \(labels.count) of them labeled" : ""
        canvas.draw(
            Text(
                "\(groups.count) classes\(rest), each with its own color and shape", .small, theme.faint, width: width),
            at: Point(x: Self.margin, y: Self.margin / 2 + 22))

        let places = places
        let count = places.reduce(0) { $0 + $1.count }
        if count > Self.mostShapes {
            canvas.rasterized(in: Rectangle(size)) { draw(places, styles, radius: 1.8, on: $0) }
        } else {
            draw(places, styles, radius: 2.6, on: canvas)
        }
        for label in labels {
            let end = nearest(label.anchor, in: label.room)
            canvas.line(from: label.anchor, to: end, theme.background, width: 2.6)
            canvas.line(from: label.anchor, to: end, theme.faint, width: 0.9)
        }
        for label in labels {
            let (style, room) = (styles[label.group], label.room)
            canvas.fill(room, theme.background.opacity(0.85), radius: 3)
            canvas.draw(style.shape, at: Point(x: room.left + 6, y: room.center.y), radius: 4, style.color)
            canvas.draw(
                text(of: label.group), at: Point(x: room.left + Self.sampleWidth, y: room.center.y))
        }
    }

    /// Draws the points of all groups in turn, so that a large group does not hide the others.
    private func draw(_ places: [[Drawing.Point]], _ styles: [GroupStyle], radius: Double, on canvas: Canvas) {
        for row in 0..<(places.map(\.count).max() ?? 0) {
            for (group, style) in styles.enumerated() where row < places[group].count {
                canvas.draw(style.shape, at: places[group][row], radius: radius, style.color.opacity(0.8))
            }
        }
    }

    private func text(of group: Int) -> Text {
        Text(groups[group].name, Self.font, theme.text, width: 150, vertical: .middle, truncation: .middle)
    }

    /// The positions of the points of each group on the drawing.
    private var places: [[Drawing.Point]] {
        let points = groups.flatMap(\.points)
        guard let left = points.map(\.x).min(), let right = points.map(\.x).max(),
            let bottom = points.map(\.y).min(), let top = points.map(\.y).max()
        else { return [] }
        return groups.map { group in
            group.points.map { point in
                Point(
                    x: frame.left + (point.x - left) / max(right - left, .leastNormalMagnitude) * frame.width,
                    y: frame.bottom - (point.y - bottom) / max(top - bottom, .leastNormalMagnitude) * frame.height)
            }
        }
    }

    /// Places the labels, those of large groups first: at the group, or at the nearest free place around it. A label
    /// without a free place is left out.
    ///
    /// - Parameter measure: returns the size of a text.
    func labels(measure: (Text) -> Size) -> [Label] {
        var labels: [Label] = []
        let places = places
        for group in places.indices.sorted(by: { (-places[$0].count, $0) < (-places[$1].count, $1) }) {
            guard let anchor = Self.center(of: places[group]) else { continue }
            let text = measure(text(of: group))
            let size = Size(width: text.width + Self.sampleWidth + 4, height: text.height + 2)
            let room = Self.offsets.lazy.map { offset in
                self.room(size, around: Point(x: anchor.x + offset.x, y: anchor.y + offset.y))
            }.first { room in !labels.contains { $0.room.overlaps(room) } }
            if let room { labels.append(Label(group: group, anchor: anchor, room: room)) }
        }
        return labels
    }

    /// The distances to the places that are tried for a label, the nearest first.
    private static let offsets: [Drawing.Point] =
        [Point(x: 0, y: 0)]
        + stride(from: 12.0, through: reach, by: 12).flatMap { distance in
            (0..<16).map { step in
                let angle = Double(step) * Double.pi / 8
                // Labels are wide, so places above and below are nearer.
                return Point(x: distance * 1.4 * cos(angle), y: distance * sin(angle))
            }
        }

    /// Returns a rectangle around a point, moved into the frame.
    private func room(_ size: Size, around center: Drawing.Point) -> Rectangle {
        Rectangle(
            x: min(max(center.x - size.width / 2, frame.left), frame.right - size.width),
            y: min(max(center.y - size.height / 2, frame.top), frame.bottom - size.height), width: size.width,
            height: size.height)
    }

    /// Returns the point that is nearest to the median of each coordinate, which outliers do not move.
    private static func center(of points: [Drawing.Point]) -> Drawing.Point? {
        guard !points.isEmpty else { return nil }
        let x = points.map(\.x).sorted()[points.count / 2]
        let y = points.map(\.y).sorted()[points.count / 2]
        return points.min { hypot($0.x - x, $0.y - y) < hypot($1.x - x, $1.y - y) }
    }

    private func nearest(_ point: Drawing.Point, in room: Rectangle) -> Drawing.Point {
        Point(
            x: min(max(point.x, room.left), room.right), y: min(max(point.y, room.top), room.bottom))
    }
}

extension Rectangle {
    fileprivate func overlaps(_ other: Rectangle) -> Bool {
        left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }
}
