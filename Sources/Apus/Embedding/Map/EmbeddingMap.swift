internal import Classifier
public import Drawing
public import Platform
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

    /// The progress of `Embeddings.map`.
    public enum Event: Sendable {
        /// A step of t-SNE has ended: its number, and the largest number of steps.
        case step(Int, of: Int)
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
    ///   - perplexity: the perplexity of t-SNE, roughly the number of neighbors that count. By default 30, or less for
    ///     fewer than 100 images.
    ///   - reader: reads the progress. An error that it throws ends the work.
    /// - Throws: `ApusError` for fewer than 3 images or too many for t-SNE; `CancellationError` if the task is
    ///   canceled, and the errors of `reader`.
    @TensorActor
    public func map(
        by method: EmbeddingMap.Method, perplexity: Double? = nil,
        readBy reader: @escaping @Sendable (EventSequence<EmbeddingMap.Event>) async throws -> Void = { _ in }
    ) async throws -> EmbeddingMap {
        try await withEvents(readBy: reader, isProgress: { _ in true }) { events in
            try map(by: method, perplexity: perplexity, reportingTo: events)
        }
    }

    @TensorActor
    private func map(
        by method: EmbeddingMap.Method, perplexity: Double?, reportingTo events: EventChannel<EmbeddingMap.Event>
    ) throws -> EmbeddingMap {
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
                events.send(.step(done, of: total))
                try events.checkCancellation()
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
    /// The largest number of classes in a legend. The names of more classes are drawn on the map.
    private static let mostGroups = 16

    /// Plots the map with a color and a shape for each class and a legend. The names of more than 16 classes are drawn
    /// next to their images instead. No two classes have the same color and shape.
    ///
    /// - Parameters:
    ///   - classes: the names of the classes in their order.
    ///   - displayNames: the names of classes for people, by class.
    ///   - theme: the colors.
    public func chart(
        classes: [String], displayNames: [String: String] = [:], theme: Theme = .light
    ) -> any Drawable {
        let places = Dictionary(grouping: points) { $0.image.label }
        let isLabeled = places.keys.contains { $0 != nil }
        // The labels of multi-label images are not in the list.
        let listed = Set(classes)
        let others = places.keys.compactMap(\.self).filter { !listed.contains($0) }.sorted()
        let names = isLabeled ? (classes + others).filter { places[$0] != nil } : [""]
        let groups = names.map { name in
            ScatterChart.Group(
                displayNames[name] ?? name,
                (isLabeled ? places[name] ?? [] : points).map { Drawing.Point(x: $0.x, y: $0.y) })
        }
        if groups.count > Self.mostGroups { return CrowdedMap(title: title, groups: groups, theme: theme) }
        let (x, y) = axes
        return ScatterChart(title, groups, x: Axis(x), y: Axis(y), theme: theme)
    }

    /// Writes `chart` to a file, `.png`, `.svg` or `.pdf`.
    ///
    /// - Throws: `DrawingError` if the file can't be written.
    public func writeChart(to path: String, classes: [String], displayNames: [String: String] = [:]) throws {
        try chart(classes: classes, displayNames: displayNames).save(to: path)
    }

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
