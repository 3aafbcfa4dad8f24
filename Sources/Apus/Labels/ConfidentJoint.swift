internal import Classifier
internal import Images
internal import TorchVision

/// Estimated numbers of images for each pair of given and true class: the confident joint of Northcutt, Jiang and
/// Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", 2021, as cleanlab computes it.
struct ConfidentJoint {
    private static let leastThreshold = 2e-6
    private static let margin = 1e-6

    /// The probability from which on an image counts as one of a class: the mean probability of the images with this
    /// label; nil for a class without images.
    let thresholds: [Double?]
    /// The counts `[given][true]`, scaled so that each row sums to the number of images with that label.
    let counts: [[Int]]

    init(_ predictions: LabeledProbabilities) {
        let classes = predictions.classes
        let byClass = Dictionary(grouping: predictions.labels.indices) { predictions.labels[$0] }
        let thresholds = (0..<classes).map { label -> Double? in
            guard let rows = byClass[label] else { return nil }
            let mean = rows.reduce(0) { $0 + predictions[$1, label] } / Double(rows.count)
            return max(Self.leastThreshold, mean)
        }
        var found = [[Double]](repeating: [Double](repeating: 0, count: classes), count: classes)
        for row in predictions.labels.indices {
            let confident = (0..<classes).filter { label in
                thresholds[label].map { predictions[row, label] >= $0 - Self.margin } ?? false
            }
            guard let first = confident.first else { continue }
            found[predictions.labels[row]][confident.count > 1 ? predictions.likeliest(row) : first] += 1
        }
        // Each class has at least one image with a correct label.
        for label in 0..<classes { found[label][label] = max(1, found[label][label]) }
        counts = found.enumerated().map { label, row in
            let scale = Double(byClass[label]?.count ?? 0) / row.reduce(0, +)
            return Self.rounded(row.map { $0 * scale })
        }
        self.thresholds = thresholds
    }

    /// The number of label issues to find for each pair, `[given][true]`. At least one image remains in each class.
    var prunes: [[Int]] {
        var kept = counts.enumerated().map { label, row -> [Double] in
            var row = row.map(Double.init)
            let lacking = max(0, 1 - row[label])
            let others = max(1, Double(row.count { $0 != 0 }) - 1)
            let diagonal = max(1, row[label])
            row = row.map { max(0, $0 - lacking / others) }
            row[label] = diagonal
            return row
        }
        // As in cleanlab, rounding preserves the sum of each true class.
        for label in kept.indices {
            let column = Self.rounded(kept.map { $0[label].rounded(.towardZero) })
            for given in kept.indices { kept[given][label] = Double(column[given]) }
        }
        return kept.map { $0.map { Int($0) } }
    }

    /// Returns nearby whole numbers with the same sum.
    static func rounded(_ values: [Double]) -> [Int] {
        var whole = values.map { $0.rounded(.toNearestOrEven) }
        let target = values.reduce(0, +).rounded(.toNearestOrEven)
        while true {
            let lacking = target - whole.reduce(0, +)
            guard lacking != 0 else { return whole.map { Int($0) } }
            let order = values.indices.sorted { (values[$0] - whole[$0], $0) < (values[$1] - whole[$1], $1) }
            let changed = (lacking > 0 ? order.reversed() : order).prefix(Int(abs(lacking)))
            for place in changed { whole[place] += lacking > 0 ? 1 : -1 }
        }
    }
}

/// A stratified assignment of rows to folds, like scikit-learn's `StratifiedKFold`.
///
/// The fold of a row depends only on the seed and the labels.
struct StratifiedFolds {
    /// The fold of each row, from 0.
    let folds: [Int]
    /// The number of folds.
    let count: Int

    init(labels: [Int], count: Int, seed: UInt64) {
        let keys = labels.indices.map { row in
            var random = CountedRandom(seed: seed, epoch: 0, index: row, stream: Self.stream)
            return random.next()
        }
        var folds = [Int](repeating: 0, count: labels.count)
        // Each class continues at the fold where the previous class ended, so that small classes do not all begin with
        // the first fold.
        var next = 0
        let members = Dictionary(grouping: labels.indices) { labels[$0] }
        for label in members.keys.sorted() {
            for row in (members[label] ?? []).sorted(by: { (keys[$0], $0) < (keys[$1], $1) }) {
                folds[row] = next % count
                next += 1
            }
        }
        (self.folds, self.count) = (folds, count)
    }

    /// Returns the rows of a fold, and all other rows.
    func rows(of fold: Int) -> (inside: [Int], outside: [Int]) {
        (folds.indices.filter { folds[$0] == fold }, folds.indices.filter { folds[$0] != fold })
    }

    /// The stream of random numbers, independent of all others: "fold" in ASCII.
    private static let stream: UInt64 = 0x666f_6c64
}
