/// A confusion matrix, like scikit-learn's `confusion_matrix`, stored sparsely for many classes.
public struct ConfusionMatrix: Sendable, Codable, Equatable {
    /// A count above 0.
    public struct Cell: Sendable, Codable, Equatable {
        /// The true class, an index in the labels.
        public let truth: Int
        /// The predicted class, an index in the labels.
        public let prediction: Int
        /// The number of images.
        public let count: Int
    }

    /// The names of the classes.
    public let labels: [String]
    /// The display names of the classes, in the same order; nil if the model has none.
    public let displayNames: [String]?
    /// The counts above 0, by truth and then by prediction.
    public let cells: [Cell]
    /// Indices of the labels in an order in which classes that are often confused are next to each other. Classes
    /// without images and predictions are left out.
    public let order: [Int]

    /// Counts the pairs of truth and prediction.
    init(labels: [String], displayNames: [String]? = nil, counts: [[Int: Int]]) {
        (self.labels, self.displayNames) = (labels, displayNames)
        cells = counts.enumerated().flatMap { truth, row in
            row.sorted { $0.key < $1.key }.map { Cell(truth: truth, prediction: $0.key, count: $0.value) }
        }
        order = confusionOrder(cells, classCount: labels.count)
    }

    /// Returns the name of a class for people: its display name, or the name of the class if there is none.
    ///
    /// - Parameter index: the index of the class, from 0.
    public func displayName(of index: Int) -> String { displayNames?[index] ?? labels[index] }

    /// The number of images of each class.
    public var rowSums: [Int] { sums(of: \.truth) }

    /// The number of images that are predicted as each class.
    public var columnSums: [Int] { sums(of: \.prediction) }

    private func sums(of side: KeyPath<Cell, Int>) -> [Int] {
        cells.reduce(into: Array(repeating: 0, count: labels.count)) { $0[$1[keyPath: side]] += $1.count }
    }

    /// Returns all counts, `[truth][prediction]`, including zeros.
    ///
    /// - Parameter order: the classes in order; by default all classes in the model's order.
    public func counts(in order: [Int]? = nil) -> [[Int]] {
        let order = order ?? Array(labels.indices)
        var places = [Int?](repeating: nil, count: labels.count)
        for (place, label) in order.enumerated() { places[label] = place }
        var rows = Array(repeating: Array(repeating: 0, count: order.count), count: order.count)
        for cell in cells {
            if let row = places[cell.truth], let column = places[cell.prediction] { rows[row][column] = cell.count }
        }
        return rows
    }

    /// Returns the counts as fractions of each row; zeros in a row without images.
    public func fractions(in order: [Int]? = nil) -> [[Double]] {
        let sums = rowSums
        return zip(order ?? Array(labels.indices), counts(in: order)).map { label, row in
            row.map { Double($0) / Double(max(1, sums[label])) }
        }
    }

    /// Returns the pairs of classes that are confused most often, the most frequent first. For equal counts, the larger
    /// fraction of the true class comes first, then the model's order.
    public func mostConfused(_ count: Int = 20) -> [Cell] {
        let sums = rowSums
        let mistakes = cells.filter { $0.truth != $0.prediction }
        let sorted = mistakes.sorted { left, right in
            (right.count, sums[left.truth], left.truth, left.prediction)
                < (left.count, sums[right.truth], right.truth, right.prediction)
        }
        return Array(sorted.prefix(count))
    }
}

/// Returns an order of the classes of a confusion matrix in which classes that are often confused are next to each
/// other.
///
/// Classes are clustered by average linkage, with the fraction of confused images as their similarity. When two
/// clusters are merged, their most similar ends are joined. Clusters without a common confusion, and classes that are
/// never confused, keep the model's order. The result is deterministic. The time is quadratic in the number of confused
/// classes.
func confusionOrder(_ cells: [ConfusionMatrix.Cell], classCount: Int) -> [Int] {
    var support = [Int](repeating: 0, count: classCount)
    var isSeen = [Bool](repeating: false, count: classCount)
    for cell in cells {
        support[cell.truth] += cell.count
        (isSeen[cell.truth], isSeen[cell.prediction]) = (true, true)
    }
    let mistakes = cells.filter { $0.truth != $0.prediction }
    let areMistaken = Set(mistakes.flatMap { [$0.truth, $0.prediction] })
    let mistaken = areMistaken.sorted()
    var place = [Int](repeating: 0, count: classCount)
    for (index, label) in mistaken.enumerated() { place[label] = index }
    var likeness = SquareTable(size: mistaken.count)
    for cell in mistakes {
        let fraction = Double(cell.count) / Double(support[cell.truth])
        likeness.add(fraction, place[cell.truth], place[cell.prediction])
    }
    let groups = ClassGroups(likeness).rows.map { $0.map { mistaken[$0] } }
    let alone = (0..<classCount).filter { isSeen[$0] && !areMistaken.contains($0) }.map { [$0] }
    // By the index of their first class in the model's order.
    return (groups + alone).sorted { ($0.min() ?? 0) < ($1.min() ?? 0) }.flatMap(\.self)
}

/// A symmetric matrix.
private struct SquareTable {
    let size: Int
    private(set) var values: [Double]

    init(size: Int) {
        self.size = size
        values = Array(repeating: 0, count: size * size)
    }

    subscript(row: Int, column: Int) -> Double { values[row * size + column] }

    mutating func set(_ value: Double, _ row: Int, _ column: Int) {
        values[row * size + column] = value
        values[column * size + row] = value
    }

    mutating func add(_ value: Double, _ row: Int, _ column: Int) { set(self[row, column] + value, row, column) }
}

/// Average linkage by nearest-neighbor chains (F. Murtagh, 1983).
private struct ClassGroups {
    /// The final clusters.
    private(set) var rows: [[Int]]
    /// The similarity of classes, and the mean similarity of clusters. A cluster has the index of one of its classes.
    private let likeness: SquareTable
    private var linkage: SquareTable
    private var members: [[Int]]
    private var left: [Int]

    init(_ likeness: SquareTable) {
        (self.likeness, linkage) = (likeness, likeness)
        members = (0..<likeness.size).map { [$0] }
        left = Array(0..<likeness.size)
        rows = []
        var chain: [Int] = []
        while let first = left.first {
            if chain.isEmpty { chain = [first] }
            let tip = chain[chain.count - 1]
            let before = chain.count > 1 ? chain[chain.count - 2] : nil
            guard let nearest = nearest(to: tip, preferring: before) else {
                // No other cluster is similar to this one.
                rows.append(members[tip])
                left.removeAll { $0 == tip }
                chain.removeLast()
                continue
            }
            guard nearest == before else {
                chain.append(nearest)
                continue
            }
            chain.removeLast(2)
            join(nearest, tip)
        }
    }

    /// Returns the most similar cluster, of equals the previous one of the chain; nil if no cluster is similar.
    private func nearest(to group: Int, preferring before: Int?) -> Int? {
        var (best, value) = (before, before.map { linkage[group, $0] } ?? 0)
        for other in left where other != group && linkage[group, other] > value {
            (best, value) = (other, linkage[group, other])
        }
        return best
    }

    private mutating func join(_ first: Int, _ second: Int) {
        let (one, two) = (Double(members[first].count), Double(members[second].count))
        for other in left where other != first && other != second {
            linkage.set(
                (one * linkage[first, other] + two * linkage[second, other]) / (one + two), first, other)
        }
        members[first] = joined(members[first], members[second])
        left.removeAll { $0 == second }
    }

    /// Returns two rows of classes joined at their most similar ends.
    private func joined(_ first: [Int], _ second: [Int]) -> [Int] {
        let ways = [
            (first, second), (first, second.reversed()), (first.reversed(), second),
            (first.reversed(), second.reversed()),
        ]
        func fit(_ way: ([Int], [Int])) -> Double {
            guard let end = way.0.last, let start = way.1.first else { return 0 }
            return likeness[end, start]
        }
        let best = ways.reduce(ways[0]) { fit($1) > fit($0) ? $1 : $0 }
        return best.0 + best.1
    }
}
