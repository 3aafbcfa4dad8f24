internal import Torch

/// A picture that lies near another by its features.
public struct Neighbour: Sendable, Codable, Equatable {
    /// The picture.
    public let picture: PictureCollection.Picture
    /// The cosine of the angle between the features, -1 to 1.
    public let similarity: Double
    /// Its place in the collection.
    public let index: Int
}

extension Embeddings {
    /// The pictures whose features point the most alike, nearest first; of equal ones the first comes first.
    ///
    /// - Parameters:
    ///   - features: those of the picture that is asked about, D numbers.
    ///   - count: at most so many.
    ///   - excluding: the path of a picture that is left out: the one that is asked about.
    @TensorActor
    public func neighbours(
        of features: [Float], count: Int, excluding path: String? = nil
    ) async throws -> [Neighbour] {
        let query = try Tensor(features, shape: [dimension, 1]).normalized(along: 0)
        let similarities = try tensor().normalized(along: 1).matmul(query).array(as: Float.self)
        return similarities.indices.sorted { (-similarities[$0], $0) < (-similarities[$1], $1) }.lazy
            .map { Neighbour(picture: picture(at: $0), similarity: Double(similarities[$0]), index: places[$0]) }
            .filter { $0.picture.path != path }
            .prefix(count).map(\.self)
    }
}
