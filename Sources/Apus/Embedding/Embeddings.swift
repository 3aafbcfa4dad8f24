internal import Glibc
internal import Torch
public import TorchVision

/// The features of many pictures.
public struct Embeddings: Sendable {
    /// The pictures, also those that could not be read.
    public let collection: PictureCollection
    /// The place in the collection of each picture that has features, in order.
    public let places: [Int]
    /// How many features a picture has: D.
    public let dimension: Int
    /// The features, `[N, D]`, row by row.
    public let values: [Float]
    /// The pictures that could not be read.
    public let failures: [SampleFailure]

    /// How many pictures have features: N.
    public var count: Int { places.count }

    /// What is known of the picture in a row.
    public func picture(at row: Int) -> PictureCollection.Picture { collection.picture(at: places[row]) }

    /// The features of the picture in a row.
    public func features(at row: Int) -> ArraySlice<Float> { values[row * dimension..<(row + 1) * dimension] }

    /// The class of the picture in each row: a place in the dataset's list of classes.
    var labels: [Int] { places.map { collection.pictures.label(at: $0) } }

    /// The features as a tensor, `[N, D]`.
    func tensor() throws -> Tensor { try Tensor(values, shape: [count, dimension]) }
}

extension FeatureExtractor {
    /// Computes the features of all pictures and keeps them in memory.
    ///
    /// - Parameters:
    ///   - progress: told after each picture how many are done, on the thread of the work.
    ///   - onFailure: told of each picture that can't be read, on the thread of the work.
    /// - Throws: `ApusError` where they would take more than half of the machine's memory, and where no picture can be
    ///   read.
    public func embeddings(
        of collection: PictureCollection, progress: @Sendable (Int) -> Void = { _ in },
        onFailure: @Sendable (SampleFailure) -> Void = { _ in }
    ) async throws -> Embeddings {
        let bytes = collection.pictures.count * dimension * 4
        let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        guard bytes <= memory / 2 else {
            throw ApusError(
                "the features of \(collection.pictures.count) pictures take \(bytes >> 20) MiB, more than half of this "
                    + "machine's memory; take fewer pictures (--limit), or write them to a .csv file, which needs none")
        }
        var places: [Int] = []
        var values: [Float] = []
        var failures: [SampleFailure] = []
        values.reserveCapacity(bytes / 4)
        func fail(_ failure: SampleFailure) {
            failures.append(failure)
            onFailure(failure)
        }
        try extract(collection.pictures, onFailure: fail) { index, features in
            places.append(index)
            values += features
            progress(places.count + failures.count)
        }
        guard !places.isEmpty else {
            throw ApusError(
                failures.first.map { "none of the \(failures.count) pictures could be read; the first: \($0)" }
                    ?? "there are no pictures")
        }
        return Embeddings(
            collection: collection, places: places, dimension: dimension, values: values, failures: failures)
    }
}
