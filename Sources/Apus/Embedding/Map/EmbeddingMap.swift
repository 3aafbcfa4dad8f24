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
        public let picture: PictureCollection.Picture
        /// Its place in the collection.
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
    ///   - perplexity: for t-SNE, roughly how many neighbours of each picture count; 30 by default, fewer where there are
    ///     fewer than 100 pictures.
    ///   - progress: told of t-SNE's steps, on the thread of the work.
    /// - Throws: `ApusError` for fewer than three pictures, and for more than t-SNE can place; `CancellationError`.
    @TensorActor
    public func map(
        by method: EmbeddingMap.Method, perplexity: Double? = nil,
        progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> EmbeddingMap {
        guard count >= 3 else { throw ApusError("a map wants 3 pictures at least, and there are \(count)") }
        let placed: [Double]
        var (ratio, neighbours, divergence): ([Double]?, Double?, Double?)
        switch method {
        case .pca:
            let components = try PrincipalComponents(of: tensor(), count: 2)
            let columns = components.projected.size(1)
            placed = try components.projected.pad([0, 2 - columns]).array()
            ratio = components.varianceRatio
        case .tsne:
            guard count <= TSNE.largestCount else {
                throw ApusError(
                    "t-SNE places at most \(TSNE.largestCount) pictures, and there are \(count); take fewer "
                        + "(--limit \(TSNE.largestCount)), or the map pca")
            }
            let chosen = perplexity ?? min(30, Double(count - 1) / 3)
            guard chosen >= 1, chosen < Double(count) else {
                throw ApusError(
                    "a perplexity of \(chosen) does not suit \(count) pictures; it lies between 1 and their number")
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
