internal import Classifier
package import Images
internal import Inference
package import Platform
internal import Torch

/// The features of some images.
package struct FeatureRows: Sendable {
    /// The indices in the dataset of the images with features, in order.
    package let places: [Int]
    /// The features `[N, D]`, row by row.
    package let values: [Float]
    /// The unreadable images.
    package let failures: [SampleFailure]
}

extension FeatureExtractor {
    /// Computes the features of a few images, such as 64 of many, so that the thread of networks stays free for other
    /// work: the images are read on other threads, and other work runs between the batches.
    ///
    /// - Parameter images: the images, all of which are in memory at once. None of them needs to be readable.
    /// - Throws: `SampleFailure` if the machine fails rather than an image, `InferenceError` if the engine fails,
    ///   `ApusError` if features are NaN or infinite, and `CancellationError`.
    package nonisolated func rows(of images: any ImageDataset) async throws -> FeatureRows {
        let loader = loader(of: images)
        let (batches, failures) = try await onOwnThread("images") {
            let iterator = loader.batches()
            let batches = try iterator.all()
            return (batches, iterator.failures)
        }
        return try await rows(of: batches, failures)
    }

    /// Computes the features of the image in the bytes of a file.
    ///
    /// - Throws: `ApusError` if they are not a readable image.
    package nonisolated func features(ofFile bytes: [UInt8]) async throws -> [Float] {
        let image = SingleImage(EncodedImage(bytes: bytes), named: "the image")
        let rows = try await rows(of: image)
        guard !rows.places.isEmpty else { throw image.unreadable(rows.failures.first) }
        return rows.values
    }

    private func rows(of batches: [ImageBatch], _ failures: [SampleFailure]) async throws -> FeatureRows {
        var places: [Int] = []
        var values: [Float] = []
        let pass = pass(through: batches)
        while let (batch, outputs) = try pass.next() {
            places += batch.indices
            values += try pooled(outputs, count: batch.count)
            await Task.yield()
        }
        try OutputCheck.demandFinite(values, "features", of: "the photos", by: report.summary)
        return FeatureRows(places: places, values: values, failures: failures)
    }
}

/// The distances of images to those that are most like them.
@ComputeActor
package struct NeighborDistances {
    private let reference: Tensor
    private let dimension: Int

    /// - Parameters:
    ///   - reference: the features `[N, D]` of images among which neighbors are searched, row by row.
    ///   - dimension: the number of features, D.
    package init(reference: [Float], dimension: Int) throws {
        self.reference = try Tensor(reference, shape: [reference.count / max(1, dimension), dimension])
            .normalized(dim: 1).transpose(0, 1)
        self.dimension = dimension
    }

    /// Returns the mean Euclidean distance of each row to its nearest neighbors, with all features scaled to length 1:
    /// from 0 for copies to 2 for opposites.
    ///
    /// - Parameters:
    ///   - features: the features, row by row.
    ///   - count: the number of neighbors. There must be more images than that in the reference.
    ///   - isOwn: whether each row is in the reference itself. It is not its own neighbor.
    package func means(of features: [Float], neighbors count: Int, isOwn: [Bool]) throws -> [Double] {
        guard !isOwn.isEmpty else { return [] }
        let rows = try Tensor(features, shape: [isOwn.count, dimension]).normalized(dim: 1)
        let nearest = try rows.matmul(reference).topk(count + 1, dim: 1).values.array(as: Double.self)
        return isOwn.enumerated().map { row, isOwn in
            let start = row * (count + 1) + (isOwn ? 1 : 0)
            return nearest[start..<start + count].reduce(0) { $0 + max(0, 2 - 2 * $1).squareRoot() } / Double(count)
        }
    }
}
