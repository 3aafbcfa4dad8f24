/// A split of groups of images in which no group is divided.
///
/// The largest groups are placed first, those of equal size in random order. Each goes to the part where it brings the
/// class counts of all parts closest to their targets, by Pearson's chi-squared distance. This is the idea of
/// scikit-learn's `StratifiedGroupKFold`, for parts of unequal size and multi-label images.
struct SplitGroups {
    private struct Group {
        var members: [Int] = []
        /// The counts of the classes in order, because sums of floating-point numbers depend on it.
        var counts: [(stratum: Int, count: Int)] = []
    }

    private let groups: [Group]
    private let imageCount: Int
    private let totals: [Int]

    /// The number of groups.
    var count: Int { groups.count }

    /// `names` contains the group of each image; nil makes it a separate group. If `isStratified` is false, classes are
    /// ignored.
    init(_ dataset: any ImageDataset, names: [String?], isStratified: Bool) {
        var groups: [Group] = []
        var counts: [[Int: Int]] = []
        var places: [[UInt8]: Int] = [:]
        // After the classes: images without a class, and all images.
        let classes = dataset.classNames.count
        var totals = [Int](repeating: 0, count: classes + 2)
        for (index, name) in names.enumerated() {
            let key = name.map { Array($0.utf8) }
            let place = key.flatMap { places[$0] } ?? groups.count
            if place == groups.count {
                groups.append(Group())
                counts.append([:])
                if let key { places[key] = place }
            }
            groups[place].members.append(index)
            var strata = [classes + 1]
            if isStratified {
                let labels = dataset.labels(at: index)
                strata += labels.isEmpty ? [classes] : labels
            }
            for stratum in strata {
                counts[place][stratum, default: 0] += 1
                totals[stratum] += 1
            }
        }
        for place in groups.indices {
            groups[place].counts = counts[place].sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
        self.groups = groups
        self.totals = totals
        imageCount = names.count
    }

    /// The images of each part in order; `wanted` are their target sizes.
    func parts(wanted: [Int], seed: UInt64) -> [[Int]] {
        let keys = randomKeys(count: groups.count, seed: seed, stream: RandomStream.split)
        let order = groups.indices.sorted {
            (groups[$1].members.count, keys[$0], $0) < (groups[$0].members.count, keys[$1], $1)
        }
        let shares = wanted.map { Double($0) / Double(max(1, imageCount)) }
        let targets = shares.map { share in totals.map { share * Double($0) } }
        var needs = targets
        var parts = [[Int]](repeating: [], count: wanted.count)
        for place in order {
            let group = groups[place]
            func cost(_ part: Int) -> Double {
                var cost = 0.0
                for (stratum, count) in group.counts where targets[part][stratum] > 0 {
                    // The size of the parts has the weight of four classes.
                    let weight = stratum == totals.count - 1 ? 4.0 : 1
                    let count = Double(count)
                    cost += weight * count * (count - 2 * needs[part][stratum]) / targets[part][stratum]
                }
                return cost
            }
            let costs = parts.indices.map(cost)
            let best = parts.indices.reduce(0) { costs[$1] < costs[$0] ? $1 : $0 }
            parts[best] += group.members
            for (stratum, count) in group.counts { needs[best][stratum] -= Double(count) }
        }
        return parts.map { $0.sorted() }
    }
}

/// The purpose of a random number. Numbers of different streams are independent, even with the same seed and index.
enum RandomStream {
    static let shuffle: UInt64 = 0x7368_7566
    static let split: UInt64 = 0x7370_6c69
    static let weighted: UInt64 = 0x7765_6967
    static let limit: UInt64 = 0x6c69_6d69
    static let draw: UInt64 = 0x6472_6177
}

/// A random number for each index that depends only on (seed, epoch, index).
///
/// Sorting by these keys is an unbiased shuffle, and the key of an index does not depend on the number of others.
func randomKeys(count: Int, seed: UInt64, epoch: Int = 0, stream: UInt64) -> [UInt64] {
    (0..<count).map { index in
        var random = CountedRandom(seed: seed, epoch: epoch, index: index, stream: stream)
        return random.next()
    }
}

/// The numbers from 0 up to `count` in a random order that depends on the seed and the epoch.
func shuffledIndices(count: Int, seed: UInt64, epoch: Int = 0, stream: UInt64) -> [Int] {
    let keys = randomKeys(count: count, seed: seed, epoch: epoch, stream: stream)
    return (0..<count).sorted { (keys[$0], $0) < (keys[$1], $1) }
}

/// Indices drawn in proportion to weights, as many as there are weights. The n-th one depends only on the seed, the
/// epoch, n and the weights.
func weightedIndices(_ weights: [Double], seed: UInt64, epoch: Int) -> [Int] {
    var sum = 0.0
    let sums = weights.map { weight in
        sum += weight
        return sum
    }
    let last = weights.lastIndex { $0 > 0 } ?? 0
    return weights.indices.map { draw in
        var random = CountedRandom(seed: seed, epoch: epoch, index: draw, stream: RandomStream.weighted)
        let target = random.uniform() * sum
        // The first index whose cumulative sum exceeds the target; never one of weight 0.
        var (low, high) = (0, last)
        while low < high {
            let middle = (low + high) / 2
            if sums[middle] > target { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
