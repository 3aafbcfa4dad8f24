/// Precision, recall and their harmonic mean, 0 to 1: of one class, or the mean over classes.
///
/// Where nothing is to be divided by (a class without pictures, or one that no picture is taken for) they are 0, as
/// scikit-learn's `precision_recall_fscore_support(zero_division=0)` has them.
public struct ClassScores: Sendable, Codable, Equatable {
    /// The share of the pictures taken for the class that are of it.
    public let precision: Double
    /// The share of the class's pictures that are taken for it.
    public let recall: Double
    /// The harmonic mean of precision and recall.
    public let f1: Double

    init(precision: Double, recall: Double, f1: Double) {
        (self.precision, self.recall, self.f1) = (precision, recall, f1)
    }

    /// The scores of a class.
    ///
    /// - Parameters:
    ///   - correct: how many pictures of the class are taken for it.
    ///   - predicted: how many pictures are taken for it.
    ///   - support: how many pictures are of it.
    init(correct: Int, predicted: Int, support: Int) {
        func share(_ count: Int, of whole: Int) -> Double { whole > 0 ? Double(count) / Double(whole) : 0 }
        self.init(
            precision: share(correct, of: predicted), recall: share(correct, of: support),
            f1: share(2 * correct, of: predicted + support))
    }

    /// The mean of scores, each weighing as much as told; zeros where nothing weighs.
    init(meanOf scores: [ClassScores], weights: [Double]) {
        let total = weights.reduce(0, +)
        func mean(_ property: KeyPath<ClassScores, Double>) -> Double {
            guard total > 0 else { return 0 }
            return zip(scores, weights).reduce(0) { $0 + $1.0[keyPath: property] * $1.1 } / total
        }
        self.init(precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1))
    }
}
