/// How often pictures of each class are taken for each class, as scikit-learn's `confusion_matrix`. Zeros are not kept, so
/// a thousand classes take little room.
public struct ConfusionMatrix: Sendable, Codable, Equatable {
    /// A count above 0.
    public struct Cell: Sendable, Codable, Equatable {
        /// The true class: a place among the labels.
        public let truth: Int
        /// The class that is predicted.
        public let prediction: Int
        /// How many pictures.
        public let count: Int
    }

    /// The names of the classes.
    public let labels: [String]
    /// The counts above 0, by truth and then by prediction.
    public let cells: [Cell]
    /// Places among the labels in an order in which classes that are mistaken for each other stand near each other.
    /// Classes without any picture, true or predicted, are left out.
    public let order: [Int]

    /// Counts the pairs of truth and prediction.
    init(labels: [String], counts: [[Int: Int]]) {
        self.labels = labels
        cells = counts.enumerated().flatMap { truth, row in
            row.sorted { $0.key < $1.key }.map { Cell(truth: truth, prediction: $0.key, count: $0.value) }
        }
        order = confusionOrder(cells, classCount: labels.count)
    }

    /// How many pictures each class has.
    public var rowSums: [Int] { sums(of: \.truth) }

    /// How many pictures are taken for each class.
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

    /// The same as shares of each row; zeros in a row without pictures.
    public func shares(in order: [Int]? = nil) -> [[Double]] {
        let sums = rowSums
        return zip(order ?? Array(labels.indices), counts(in: order)).map { label, row in
            row.map { Double($0) / Double(max(1, sums[label])) }
        }
    }

    /// The pairs of different classes with the most pictures, most first; of equal counts the larger share of the true
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
