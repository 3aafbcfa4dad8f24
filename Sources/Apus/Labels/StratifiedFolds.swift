internal import TorchVision

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
