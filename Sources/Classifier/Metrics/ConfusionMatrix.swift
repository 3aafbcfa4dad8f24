/// How often images of each class are predicted as each class, as scikit-learn's `confusion_matrix`. Zeros are not
/// kept, so a thousand classes take little room.
public struct ConfusionMatrix: Sendable, Codable, Equatable {
    /// A count above 0.
    public struct Cell: Sendable, Codable, Equatable {
        /// The true class: a place among the labels.
        public let truth: Int
        /// The class that is predicted.
        public let prediction: Int
        /// How many images.
        public let count: Int
    }

    /// The names of the classes.
    public let labels: [String]
    /// The counts above 0, by truth and then by prediction.
    public let cells: [Cell]
    /// Places among the labels in an order in which classes that are mistaken for each other stand near each other.
    /// Classes without any image, true or predicted, are left out.
    public let order: [Int]

    /// Counts the pairs of truth and prediction.
    init(labels: [String], counts: [[Int: Int]]) {
        self.labels = labels
        cells = counts.enumerated().flatMap { truth, row in
            row.sorted { $0.key < $1.key }.map { Cell(truth: truth, prediction: $0.key, count: $0.value) }
        }
        order = confusionOrder(cells, classCount: labels.count)
    }

    /// How many images each class has.
    public var rowSums: [Int] { sums(of: \.truth) }

    /// How many images are predicted as each class.
    public var columnSums: [Int] { sums(of: \.prediction) }

    private func sums(of side: KeyPath<Cell, Int>) -> [Int] {
        cells.reduce(into: Array(repeating: 0, count: labels.count)) { $0[$1[keyPath: side]] += $1.count }
    }

    /// All counts, `[truth][prediction]`, with zeros.
    ///
    /// - Parameter order: which classes, and in which order; by default all as the model has them.
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

    /// The same as fractions of each row; zeros in a row without images.
    public func shares(in order: [Int]? = nil) -> [[Double]] {
        let sums = rowSums
        return zip(order ?? Array(labels.indices), counts(in: order)).map { label, row in
            row.map { Double($0) / Double(max(1, sums[label])) }
        }
    }

    /// The pairs of different classes with the most images, most first; of equal counts the larger fraction of the true
    /// class first, then the model's order.
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

/// An order of the classes of a confusion matrix in which those stand near each other that are mistaken for each other.
///
/// Classes are joined into ever larger groups by average linkage, the most alike first; alike are classes of which large
/// fractions are confused with each other. Each group is a row of classes, and where two are joined they are turned so
/// that the most alike ends meet. Groups that have nothing to do with each other, and classes that are never mistaken,
/// keep the model's order. The same matrix gives the same order. Takes time by the square of the number of mistaken
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
        let share = Double(cell.count) / Double(support[cell.truth])
        likeness.add(share, place[cell.truth], place[cell.prediction])
    }
    let groups = ClassGroups(likeness).rows.map { $0.map { mistaken[$0] } }
    let alone = (0..<classCount).filter { isSeen[$0] && !areMistaken.contains($0) }.map { [$0] }
    // By the place that the first of their classes has in the model's order.
    return (groups + alone).sorted { ($0.min() ?? 0) < ($1.min() ?? 0) }.flatMap(\.self)
}

/// A symmetric table of numbers.
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

/// Average linkage by chains of nearest neighbors (F. Murtagh, 1983).
private struct ClassGroups {
    /// The groups that nothing joins any more.
    private(set) var rows: [[Int]]
    /// The likeness of classes, and the mean likeness of groups, whose number is that of one of their classes.
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
                // Nothing is like the whole group.
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

    /// The group most alike, the one before in the chain if there are several; nil where none is alike at all.
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

    /// The two rows of classes end to end, each turned as their ends are most alike.
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
