internal import Classifier
internal import Images
internal import TorchVision

/// How many pictures of each given class seem to belong to each true class: the confident joint of Northcutt, Jiang and
/// Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", 2021, as cleanlab computes it.
struct ConfidentJoint {
    private static let leastThreshold = 2e-6
    private static let margin = 1e-6

    /// The probability from which on a picture counts as of a class: the mean that those labelled so have; nil for a
    /// class without pictures.
    let thresholds: [Double?]
    /// Counts, scaled so that each row sums to the pictures with that label: `[given][true]`.
    let counts: [[Int]]

    init(_ predictions: LabelledProbabilities) {
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
        // Each class has one picture at least that is labelled right.
        for label in 0..<classes { found[label][label] = max(1, found[label][label]) }
        counts = found.enumerated().map { label, row in
            let scale = Double(byClass[label]?.count ?? 0) / row.reduce(0, +)
            return Self.rounded(row.map { $0 * scale })
        }
        self.thresholds = thresholds
    }

    /// How many pictures of each given class are to be found for each true one, `[given][true]`, leaving one in each class.
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
        // As cleanlab has it, the whole of each true class is kept in rounding.
        for label in kept.indices {
            let column = Self.rounded(kept.map { $0[label].rounded(.towardZero) })
            for given in kept.indices { kept[given][label] = Double(column[given]) }
        }
        return kept.map { $0.map { Int($0) } }
    }

    /// Whole numbers near these, with the same sum.
    static func rounded(_ values: [Double]) -> [Int] {
        var whole = values.map { $0.rounded(.toNearestOrEven) }
        let wanted = values.reduce(0, +).rounded(.toNearestOrEven)
        while true {
            let lacking = wanted - whole.reduce(0, +)
            guard lacking != 0 else { return whole.map { Int($0) } }
            let order = values.indices.sorted { (values[$0] - whole[$0], $0) < (values[$1] - whole[$1], $1) }
            let changed = (lacking > 0 ? order.reversed() : order).prefix(Int(abs(lacking)))
            for place in changed { whole[place] += lacking > 0 ? 1 : -1 }
        }
    }
}

/// Rows dealt to folds so that each fold has its share of every class, as scikit-learn's `StratifiedKFold` does.
///
/// Which fold a row comes to depends on the seed and the labels alone.
struct StratifiedFolds {
    /// The fold of each row, from 0.
    let folds: [Int]
    /// How many folds there are.
    let count: Int

    init(labels: [Int], count: Int, seed: UInt64) {
        let keys = labels.indices.map { row in
            var random = CountedRandom(seed: seed, epoch: 0, index: row, stream: Self.stream)
            return random.next()
        }
        var folds = [Int](repeating: 0, count: labels.count)
        // The next class goes on where the last ended, so that small classes do not all begin with the first fold.
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

    /// The rows of a fold, and all others.
    func rows(of fold: Int) -> (inside: [Int], outside: [Int]) {
        (folds.indices.filter { folds[$0] == fold }, folds.indices.filter { folds[$0] != fold })
    }

    /// Apart from the random numbers that anything else draws: "fold".
    private static let stream: UInt64 = 0x666f_6c64
}
