/// Images that belong together, shared out so that no group is torn apart.
///
/// The largest groups are placed first, those of one size in a random order; each goes where it brings the counts of the
/// classes in all parts nearest to what is wanted, by Pearson's chi-squared distance. It is the idea of scikit-learn's
/// `StratifiedGroupKFold`, for parts of unequal size and images of several classes.
struct SplitGroups {
    private struct Group {
        var members: [Int] = []
        /// How often each class occurs, in the order of the classes: sums of floating-point numbers depend on it.
        var counts: [(stratum: Int, count: Int)] = []
    }

    private let groups: [Group]
    private let pictureCount: Int
    private let totals: [Int]

    /// How many groups there are.
    var count: Int { groups.count }

    /// `names` gives the group of each image; nil makes it a group of its own. Where `isStratified` is false, classes
    /// do not matter.
    init(_ dataset: any ImageDataset, names: [String?], isStratified: Bool) {
        var groups: [Group] = []
        var counts: [[Int: Int]] = []
        var places: [[UInt8]: Int] = [:]
        // Behind the classes, images without any, and all images.
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
        pictureCount = names.count
    }

    /// The images of each part, in order, of which `wanted` are wanted.
    func parts(wanted: [Int], seed: UInt64) -> [[Int]] {
        let keys = randomKeys(count: groups.count, seed: seed, stream: RandomStream.split)
        let order = groups.indices.sorted {
            (groups[$1].members.count, keys[$0], $0) < (groups[$0].members.count, keys[$1], $1)
        }
        let shares = wanted.map { Double($0) / Double(max(1, pictureCount)) }
        let targets = shares.map { share in totals.map { share * Double($0) } }
        var needs = targets
        var parts = [[Int]](repeating: [], count: wanted.count)
        for place in order {
            let group = groups[place]
            func cost(_ part: Int) -> Double {
                var cost = 0.0
                for (stratum, count) in group.counts where targets[part][stratum] > 0 {
                    // The size of the parts counts as much as four classes.
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
