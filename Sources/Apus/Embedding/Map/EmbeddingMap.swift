internal import Classifier
public import Drawing
internal import Torch

/// Pictures as points of a plane: those with like features lie near each other.
public struct EmbeddingMap: Sendable, Codable {
    /// How the plane is made.
    public enum Method: String, Sendable, Codable, CaseIterable {
        /// The two directions in which the features differ most: quick, and distances keep a meaning.
        case pca
        /// t-SNE: neighbours stay together, and distances between groups mean little.
        case tsne
    }

    /// A picture's place.
    public struct Point: Sendable, Codable {
        /// The picture.
        public let picture: ImageInput.Entry
        /// Its place in the input.
        public let index: Int
        /// Where it lies.
        public let x: Double, y: Double
    }

    /// How it was made.
    public let method: Method
    /// A point for each picture, in their order.
    public let points: [Point]
    /// The share of the features' variance that each direction has; of PCA alone.
    public let varianceRatio: [Double]?
    /// Roughly how many neighbours of each picture count; of t-SNE alone.
    public let perplexity: Double?
    /// How far the places are from what the features say: t-SNE's Kullback-Leibler divergence.
    public let divergence: Double?
}

extension Embeddings {
    /// The pictures in a plane.
    ///
    /// - Parameters:
    ///   - method: how the map is computed.
    ///   - perplexity: for t-SNE, roughly how many neighbours of each picture count; 30 by default, fewer where there
    ///     are fewer than 100 pictures.
    ///   - progress: told of t-SNE's steps, on the thread of the work.
    /// - Throws: `ApusError` for fewer than three pictures, and for more than t-SNE can place; `CancellationError`.
    @TensorActor
    public func map(
        by method: EmbeddingMap.Method, perplexity: Double? = nil,
        progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> EmbeddingMap {
        guard count >= 3 else {
            throw ApusError(.unsuitableData, value: count, "a map needs 3 images at least, and there are \(count)")
        }
        let placed: [Double]
        var (ratio, neighbours, divergence): ([Double]?, Double?, Double?)
        switch method {
        case .pca:
            let components = try PrincipalComponents(of: tensor(), count: 2)
            let columns = components.projected.shape[1]
            placed = try components.projected.pad([0, 2 - columns]).array()
            ratio = components.varianceRatio
        case .tsne:
            guard count <= TSNE.largestCount else {
                throw ApusError(
                    .unsuitableData, value: count,
                    "t-SNE places at most \(TSNE.largestCount) images, and there are \(count)",
                    advice: "take fewer (`limit = \(TSNE.largestCount)`), or the map pca")
            }
            let chosen = perplexity ?? min(30, Double(count - 1) / 3)
            guard chosen >= 1, chosen < Double(count) else {
                throw ApusError(
                    .invalidConfiguration, name: "perplexity", value: chosen,
                    "a perplexity of \(chosen) does not suit \(count) images",
                    advice: "give a number from 1 to below their number")
            }
            var places = try TSNE(of: tensor(), perplexity: chosen)
            try places.run { done, total in
                try Task.checkCancellation()
                progress(done, total)
            }
            placed = try places.positions.array()
            (neighbours, divergence) = (chosen, places.divergence)
        }
        return EmbeddingMap(
            method: method,
            points: (0..<count).map {
                .init(picture: picture(at: $0), index: places[$0], x: placed[$0 * 2], y: placed[$0 * 2 + 1])
            },
            varianceRatio: ratio, perplexity: neighbours, divergence: divergence)
    }
}

extension EmbeddingMap {
    /// More classes than that can't be told by colours and shapes; their names stand on the map then.
    private static let mostGroups = 16

    /// The map as a picture: a colour and a shape for each class, named beside the map; where there are more than 16
    /// classes, named where most of their pictures lie.
    ///
    /// - Parameters:
    ///   - classes: the classes in their order.
    ///   - theme: the colors.
    public func chart(classes: [String], theme: Theme = .light) -> any Drawable {
        let places = Dictionary(grouping: points) { $0.picture.label }
        let isLabelled = places.keys.contains { $0 != nil }
        // Pictures of several classes have labels that are none of the list.
        let listed = Set(classes)
        let others = places.keys.compactMap(\.self).filter { !listed.contains($0) }.sorted()
        let names = isLabelled ? (classes + others).filter { places[$0] != nil } : [""]
        let groups = names.map { name in
            ScatterChart.Group(name, (isLabelled ? places[name] ?? [] : points).map { Drawing.Point(x: $0.x, y: $0.y) })
        }
        if groups.count > Self.mostGroups { return CrowdedMap(title: title, groups: groups, theme: theme) }
        let (x, y) = axes
        return ScatterChart(title, groups, x: Axis(x), y: Axis(y), theme: theme)
    }

    /// Writes `chart` to a file, `.png`, `.svg` or `.pdf`.
    ///
    /// - Throws: `DrawingError` where it can't be written.
    public func writeChart(to path: String, classes: [String]) throws { try chart(classes: classes).save(to: path) }

    private var title: String {
        let name = method == .pca ? "principal components" : "t-SNE"
        return "Features of \(points.count) pictures, \(name)"
    }

    private var axes: (String, String) {
        guard let varianceRatio, varianceRatio.count == 2 else { return ("", "") }
        return (
            "first, \(varianceRatio[0].percent) of the variance", "second, \(varianceRatio[1].percent) of the variance"
        )
    }
}

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
