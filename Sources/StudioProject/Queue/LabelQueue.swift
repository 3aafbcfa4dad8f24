internal import Images

/// Chooses the photos that are worth labeling next.
package enum LabelQueue {
    /// The largest number of candidates that are compared.
    package static let sampleSize = 5000
    /// The largest number of labeled photos that candidates are compared with.
    private static let labeledSize = 64
    /// The number of uncertain photos from which different ones are chosen, for each that is wanted.
    private static let poolFactor = 10

    /// Returns candidates whose features need to be read: all, or a random sample of them, in their order.
    package static func sample(of candidates: [Int], seed: UInt64) -> [Int] {
        places(sampleSize, of: candidates.count, seed: seed).map { candidates[$0] }
    }

    /// Chooses photos for labeling.
    ///
    /// Without probabilities, photos that are unlike each other and unlike the labeled ones are chosen: each is the
    /// farthest from all before (Gonzalez, "Clustering to Minimize the Maximum Intercluster Distance", 1985; for active
    /// learning Sener and Savarese, "Active Learning for Convolutional Neural Networks: A Core-Set Approach", 2018),
    /// beginning with the most typical one. With probabilities, those are chosen in the same way among the ones whose two
    /// most probable classes are the closest (Scheffer et al., "Active Hidden Markov Models", 2001), beginning with the
    /// closest. Equal arguments give equal results.
    ///
    /// - Parameters:
    ///   - count: The number of photos.
    ///   - candidates: The unlabeled photos.
    ///   - features: Their features, `[candidates, dimension]`. The distance is that of their directions.
    ///   - dimension: The number of features of a photo.
    ///   - probabilities: The probabilities of each candidate's classes, `[candidates, classes]`; nil before there are
    ///     predictions.
    ///   - labeled: The features of labeled photos, `[labeled, dimension]`.
    ///   - seed: The seed of the random samples.
    /// - Returns: At most `count` of the candidates, in the order in which they were chosen.
    package static func choose(
        _ count: Int, of candidates: [Int], features: [Float], dimension: Int, probabilities: [Double]? = nil,
        labeled: [Float] = [], seed: UInt64 = 0
    ) -> [Int] {
        guard dimension > 0, count > 0, features.count == candidates.count * dimension else { return [] }
        var places = places(sampleSize, of: candidates.count, seed: seed)
        guard let probabilities, !candidates.isEmpty, probabilities.count >= 2 * candidates.count else {
            let all = FeatureDirections(features, dimension, rows: places)
            let known = FeatureDirections(
                labeled, dimension, rows: Self.places(labeledSize, of: labeled.count / dimension, seed: seed))
            return farthest(count, in: all, from: known).map { candidates[places[$0]] }
        }
        let classes = probabilities.count / candidates.count
        let margins = places.map { place in
            margin(probabilities[(place * classes)..<((place + 1) * classes)])
        }
        let order = places.indices.sorted { (margins[$0], $0) < (margins[$1], $1) }
        places = order.prefix(min(count, candidates.count) * poolFactor).map { places[$0] }
        return farthest(count, in: FeatureDirections(features, dimension, rows: places), first: 0)
            .map { candidates[places[$0]] }
    }

    /// At most `count` different numbers below `total`, ascending.
    private static func places(_ count: Int, of total: Int, seed: UInt64) -> [Int] {
        guard total > count else { return Array(0..<total) }
        var random = CountedRandom(seed: seed, epoch: 0, index: total)
        return random.permutation(of: total).prefix(count).sorted()
    }

    /// The difference of the two largest probabilities. What is not a number is uncertain.
    private static func margin(_ probabilities: ArraySlice<Double>) -> Double {
        var (first, second) = (0.0, 0.0)
        for probability in probabilities where probability > second {
            (first, second) = probability > first ? (probability, first) : (first, probability)
        }
        return first - second
    }

    /// Rows of which each has the smallest similarity to its most similar one among those before and `known`.
    private static func farthest(
        _ count: Int, in rows: FeatureDirections, from known: FeatureDirections? = nil, first: Int? = nil
    ) -> [Int] {
        guard rows.count > 0 else { return [] }
        var nearest = [Float](repeating: -2, count: rows.count)
        if let known, known.count > 0 {
            for row in nearest.indices { nearest[row] = rows.largestProduct(row, with: known) }
        }
        var chosen: [Int] = []
        var next = first ?? (known.map { $0.count > 0 } ?? false ? smallest(nearest) : rows.mostTypical())
        while chosen.count < min(count, rows.count) {
            chosen.append(next)
            // Above every similarity: it is not chosen again.
            nearest[next] = 3
            rows.raise(&nearest, next)
            next = smallest(nearest)
        }
        return chosen
    }

    private static func smallest(_ values: [Float]) -> Int {
        values.withUnsafeBufferPointer { values in
            var best = 0
            for place in 1..<max(1, values.count) where values[place] < values[best] { best = place }
            return best
        }
    }
}
