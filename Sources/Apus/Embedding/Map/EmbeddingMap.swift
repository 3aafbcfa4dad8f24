internal import Classifier
public import Drawing
internal import Torch

/// A map of images in two dimensions. Images with similar features are near each other.
public struct EmbeddingMap: Sendable, Codable {
    /// The methods of dimensionality reduction.
    public enum Method: String, Sendable, Codable, CaseIterable {
        /// The first two principal components: fast, and distances are meaningful.
        case pca
        /// t-SNE: neighbors stay together, but distances between clusters mean little.
        case tsne
    }

    /// The position of an image.
    public struct Point: Sendable, Codable {
        /// The image.
        public let image: ImageInput.Entry
        /// The index in the input.
        public let index: Int
        /// The coordinates.
        public let x: Double, y: Double
    }

    /// The method.
    public let method: Method
    /// The positions of the images, in their order.
    public let points: [Point]
    /// The explained variance ratio of each component; PCA only.
    public let varianceRatio: [Double]?
    /// The perplexity, roughly the number of neighbors that count; t-SNE only.
    public let perplexity: Double?
    /// The Kullback-Leibler divergence; t-SNE only.
    public let divergence: Double?
}

extension Embeddings {
    /// Computes a map of the images in two dimensions.
    ///
    /// - Parameters:
    ///   - method: the method of dimensionality reduction.
    ///   - perplexity: the perplexity of t-SNE, roughly the number of neighbors that count. By default 30, or less for fewer
    ///     than 100 images.
    ///   - progress: called after steps of t-SNE, on the working thread.
    /// - Throws: `ApusError` for fewer than 3 images or too many for t-SNE; `CancellationError`.
    @TensorActor
    public func map(
        by method: EmbeddingMap.Method, perplexity: Double? = nil,
        progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> EmbeddingMap {
        guard count >= 3 else {
            throw ApusError(.unsuitableData, value: count, "a map needs at least 3 images, but there are \(count)")
        }
        let placed: [Double]
        var (ratio, neighbors, divergence): ([Double]?, Double?, Double?)
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
                    "t-SNE supports at most \(TSNE.largestCount) images, but there are \(count)",
                    advice: "use fewer (`limit = \(TSNE.largestCount)`), or pca")
            }
            let chosen = perplexity ?? min(30, Double(count - 1) / 3)
            guard chosen >= 1, chosen < Double(count) else {
                throw ApusError(
                    .invalidConfiguration, name: "perplexity", value: chosen,
                    "a perplexity of \(chosen) is not valid for \(count) images",
                    advice: "use at least 1 and less than the number of images")
            }
            var places = try TSNE(of: tensor(), perplexity: chosen)
            try places.run { done, total in
                try Task.checkCancellation()
                progress(done, total)
            }
            placed = try places.positions.array()
            (neighbors, divergence) = (chosen, places.divergence)
        }
        return EmbeddingMap(
            method: method,
            points: (0..<count).map {
                .init(image: image(at: $0), index: places[$0], x: placed[$0 * 2], y: placed[$0 * 2 + 1])
            },
            varianceRatio: ratio, perplexity: neighbors, divergence: divergence)
    }
}

extension EmbeddingMap {
    /// The largest number of classes that colors and shapes can distinguish. The names of more classes are drawn on the map.
    private static let mostGroups = 16

    /// Plots the map with a color and a shape for each class and a legend. The names of more than 16 classes are drawn at the
    /// centers of their images instead.
    ///
    /// - Parameters:
    ///   - classes: the names of the classes in their order.
    ///   - theme: the colors.
    public func chart(classes: [String], theme: Theme = .light) -> any Drawable {
        let places = Dictionary(grouping: points) { $0.image.label }
        let isLabeled = places.keys.contains { $0 != nil }
        // The labels of multi-label images are not in the list.
        let listed = Set(classes)
        let others = places.keys.compactMap(\.self).filter { !listed.contains($0) }.sorted()
        let names = isLabeled ? (classes + others).filter { places[$0] != nil } : [""]
        let groups = names.map { name in
            ScatterChart.Group(name, (isLabeled ? places[name] ?? [] : points).map { Drawing.Point(x: $0.x, y: $0.y) })
        }
        if groups.count > Self.mostGroups { return CrowdedMap(title: title, groups: groups, theme: theme) }
        let (x, y) = axes
        return ScatterChart(title, groups, x: Axis(x), y: Axis(y), theme: theme)
    }

    /// Writes `chart` to a file, `.png`, `.svg` or `.pdf`.
    ///
    /// - Throws: `DrawingError` if the file can't be written.
    public func writeChart(to path: String, classes: [String]) throws { try chart(classes: classes).save(to: path) }

    private var title: String {
        let name = method == .pca ? "PCA" : "t-SNE"
        return "Embedding map of \(points.count) images (\(name))"
    }

    private var axes: (String, String) {
        guard let varianceRatio, varianceRatio.count == 2 else { return ("", "") }
        return (
            "component 1 (\(varianceRatio[0].percent) of the variance)",
            "component 2 (\(varianceRatio[1].percent) of the variance)"
        )
    }
}

/// A scatter plot of many groups, with their names at their centers.
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
        // The groups are drawn in turn, so that a large one does not hide the others.
        for row in 0..<(groups.map(\.points.count).max() ?? 0) {
            for (number, group) in groups.enumerated() where row < group.points.count {
                canvas.circle(at: place(group.points[row]), radius: radius, theme.palette[number].opacity(0.7))
            }
        }
        name(groups.enumerated().map { ($1, theme.palette[$0], place($1.middle)) }, within: frame, on: canvas)
    }

    /// Draws the names, large groups first. Names that would overlap are left out.
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
    /// The median of each coordinate, which outliers do not move.
    fileprivate var middle: Point {
        guard !points.isEmpty else { return Point(x: 0, y: 0) }
        return Point(x: points.map(\.x).sorted()[points.count / 2], y: points.map(\.y).sorted()[points.count / 2])
    }
}
