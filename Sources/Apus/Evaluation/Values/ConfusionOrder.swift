/// An order of the classes of a confusion matrix in which those stand near each other that are mistaken for each other.
///
/// Classes are joined into ever larger groups by average linkage, the most alike first; alike are classes of which large
/// shares are taken for each other. Each group is a row of classes, and where two are joined they are turned so that the
/// most alike ends meet. Groups that have nothing to do with each other, and classes that are never mistaken, keep the
/// model's order. The same matrix gives the same order. Takes time by the square of the number of mistaken classes.
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

/// Average linkage by chains of nearest neighbours (F. Murtagh, 1983).
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
