internal import Platform
internal import StudioProject

/// Finds the training photos that are most like an image, by the cosine of their features.
actor Neighborhood {
    /// What is near an image.
    struct Answer: Sendable {
        /// The photos, the nearest first.
        let neighbors: [(photo: Int, similarity: Double)]
        /// The similarity of the nearest one.
        let similarity: Double
        /// Whether the image is farther from all photos than 99 % of the photos are from their own neighbors.
        let isFar: Bool
    }

    /// The features of the training photos, each of length 1.
    private struct Index {
        let key: String
        let ids: [Int]
        let rows: Rows
        /// The similarity that all but 1 % of the photos have to their own nearest neighbor; nil for few photos.
        let usual: Float?
    }

    /// The largest number of training photos that are looked at, which bounds the memory.
    private static let capacity = 20_000
    /// The number of photos whose own neighbors are looked for, and the smallest number that means something.
    private static let (sample, fewest) = (256, 20)

    private let project: Project
    private let executor = TensorExecutor(name: "neighbors")
    private var index: Index?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ project: Project) { self.project = project }

    /// Returns what is near an image; nil if no training photo has features.
    ///
    /// - Parameters:
    ///   - features: the features of the image.
    ///   - store: the features of the photos.
    ///   - count: the largest number of neighbors.
    func answer(for features: [Float], in store: FeatureStore, count: Int) throws -> Answer? {
        guard features.count == store.dimension, let index = try updated(store) else { return nil }
        let similarities = index.rows.similarities(to: Rows(features, width: features.count), row: 0)
        let order = similarities.indices.sorted { (similarities[$0], $1) > (similarities[$1], $0) }
        guard let nearest = order.first else { return nil }
        return Answer(
            neighbors: order.prefix(count).map { (index.ids[$0], Double(similarities[$0])) },
            similarity: Double(similarities[nearest]),
            isFar: index.usual.map { similarities[nearest] < $0 } ?? false)
    }

    private func updated(_ store: FeatureStore) throws -> Index? {
        let key = "\(ObjectIdentifier(store)) \(store.count) \(project.revision)"
        if let index, index.key == key { return index }
        index = nil
        let training = try project.table().filter { $0.split == .train }.map(\.photo.id)
        let part = max(1, training.count)
        let chosen = (0..<min(part, Self.capacity)).compactMap { place in
            training.isEmpty ? nil : training[place * training.count / min(part, Self.capacity)]
        }
        let (ids, values) = try store.rows(chosen)
        guard !ids.isEmpty else { return nil }
        let rows = Rows(values, width: store.dimension)
        let made = Index(key: key, ids: ids, rows: rows, usual: Self.usualSimilarity(rows))
        index = made
        return made
    }

    private static func usualSimilarity(_ rows: Rows) -> Float? {
        guard rows.count >= fewest else { return nil }
        let number = min(sample, rows.count)
        let nearest = (0..<number).map { place -> Float in
            let row = place * rows.count / number
            var similarities = rows.similarities(to: rows, row: row)
            similarities[row] = -1
            return similarities.max() ?? -1
        }.sorted()
        return nearest[(number - 1) / 100]
    }
}

/// Rows of numbers, each scaled to the length 1.
private struct Rows: Sendable {
    let count: Int
    private let width: Int
    private var values: [Float]

    init(_ values: [Float], width: Int) {
        (self.values, self.width, count) = (values, width, width > 0 ? values.count / width : 0)
        for row in 0..<count {
            let range = row * width..<(row + 1) * width
            let length = values[range].reduce(0) { $0 + $1 * $1 }.squareRoot()
            // Features that are zero or no numbers are like nothing.
            let scale = length > 0 && length.isFinite ? 1 / length : 0
            for place in range { self.values[place] = scale > 0 ? values[place] * scale : 0 }
        }
    }

    /// Returns the dot product of each row with a row of others.
    func similarities(to other: Rows, row: Int) -> [Float] {
        values.withUnsafeBytes { all in
            other.values.withUnsafeBytes { others in
                (0..<count).map { dot(all, $0 * width, others, row * width) }
            }
        }
    }

    private func dot(_ a: UnsafeRawBufferPointer, _ i: Int, _ b: UnsafeRawBufferPointer, _ j: Int) -> Float {
        let (size, wide) = (MemoryLayout<Float>.size, SIMD8<Float>.scalarCount)
        var (sums, place) = (SIMD8<Float>.zero, 0)
        while place + wide <= width {
            sums +=
                a.loadUnaligned(fromByteOffset: (i + place) * size, as: SIMD8<Float>.self)
                * b.loadUnaligned(fromByteOffset: (j + place) * size, as: SIMD8<Float>.self)
            place += wide
        }
        var sum = sums.sum()
        while place < width {
            sum +=
                a.loadUnaligned(fromByteOffset: (i + place) * size, as: Float.self)
                * b.loadUnaligned(fromByteOffset: (j + place) * size, as: Float.self)
            place += 1
        }
        return sum
    }
}
