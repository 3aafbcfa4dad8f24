/// Precision, recall and their harmonic mean, 0 to 1: of one class, or the mean over classes.
///
/// Where nothing is to be divided by (a class without images, or one that no image is predicted as) they are 0, as
/// scikit-learn's `precision_recall_fscore_support(zero_division=0)` has them.
public struct ClassScores: Sendable, Codable, Equatable {
    /// The fraction of the images predicted as the class that are of it.
    public let precision: Double
    /// The fraction of the class's images that are predicted as it.
    public let recall: Double
    /// The harmonic mean of precision and recall.
    public let f1: Double

    init(precision: Double, recall: Double, f1: Double) {
        (self.precision, self.recall, self.f1) = (precision, recall, f1)
    }

    /// The scores of a class.
    ///
    /// - Parameters:
    ///   - correct: how many images of the class are predicted as it.
    ///   - predicted: how many images are predicted as it.
    ///   - support: how many images are of it.
    init(correct: Int, predicted: Int, support: Int) {
        func share(_ count: Int, of whole: Int) -> Double { whole > 0 ? Double(count) / Double(whole) : 0 }
        self.init(
            precision: share(correct, of: predicted), recall: share(correct, of: support),
            f1: share(2 * correct, of: predicted + support))
    }

    /// The weighted mean of scores; zeros where all weights are 0.
    init(meanOf scores: [ClassScores], weights: [Double]) {
        let total = weights.reduce(0, +)
        func mean(_ property: KeyPath<ClassScores, Double>) -> Double {
            guard total > 0 else { return 0 }
            return zip(scores, weights).reduce(0) { $0 + $1.0[keyPath: property] * $1.1 } / total
        }
        self.init(precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1))
    }
}

/// How well the probability of a class separates its images from all others, at any threshold.
public struct ClassCurves: Sendable, Codable, Equatable {
    /// A point of the receiver operating characteristic.
    public struct ROCPoint: Sendable, Codable, Equatable {
        /// The fraction of other images whose probability reaches the threshold.
        public let falsePositiveRate: Double
        /// The fraction of the class's images whose probability reaches it.
        public let truePositiveRate: Double
    }

    /// A point of the curve of precision over recall.
    public struct PrecisionRecallPoint: Sendable, Codable, Equatable {
        /// The fraction of the class's images whose probability reaches the threshold.
        public let recall: Double
        /// The fraction of the images that reach it which are of the class.
        public let precision: Double
    }

    /// The class's name.
    public let label: String
    /// The area under the receiver operating characteristic, as scikit-learn's `roc_auc_score`; nil where all images
    /// are of the class, or none.
    public let areaUnderROC: Double?
    /// The area under precision over recall as steps, as scikit-learn's `average_precision_score`.
    public let averagePrecision: Double
    /// From (0, 0) to (1, 1), corners only, as scikit-learn's `roc_curve`; of long curves as many points as an image
    /// can show. Empty without an area.
    public let roc: [ROCPoint]
    /// From the highest threshold to the lowest, beginning at recall 0 and precision 1.
    public let precisionRecall: [PrecisionRecallPoint]
}

/// A fraction of counted things, with the interval that holds the true fraction in 95 of 100 samples of this size.
///
/// E. B. Wilson: Probable inference, the law of succession, and statistical inference, 1927; it holds for fractions
/// near 0 and 1 too, where the textbook's plus-minus does not.
public struct ShareEstimate: Sendable, Codable, Equatable {
    /// The fraction, 0 to 1.
    public let value: Double
    /// The lower end of the interval.
    public let lower: Double
    /// The upper end of the interval.
    public let upper: Double

    /// Estimates the fraction of `hits` among `count`; of none the fraction is 0 and may be anything.
    public init(hits: Int, of count: Int) {
        guard count > 0 else {
            (value, lower, upper) = (0, 0, 1)
            return
        }
        // The normal distribution's quantile of 0.975.
        let z = 1.959963984540054
        let (share, number) = (Double(hits) / Double(count), Double(count))
        let width = 1 + z * z / number
        let centre = (share + z * z / (2 * number)) / width
        let half = z / width * (share * (1 - share) / number + z * z / (4 * number * number)).squareRoot()
        (value, lower, upper) = (share, max(0, min(share, centre - half)), min(1, max(share, centre + half)))
    }
}
