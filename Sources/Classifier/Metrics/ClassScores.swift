/// Precision, recall and F1, 0 to 1, of a class or averaged over classes.
///
/// They are 0 for a class without images or predictions, like scikit-learn's
/// `precision_recall_fscore_support(zero_division=0)`.
public struct ClassScores: Sendable, Codable, Equatable {
    /// The fraction of the images predicted as the class that are of the class.
    public let precision: Double
    /// The fraction of the class's images that are predicted as the class.
    public let recall: Double
    /// The harmonic mean of precision and recall.
    public let f1: Double

    init(precision: Double, recall: Double, f1: Double) {
        (self.precision, self.recall, self.f1) = (precision, recall, f1)
    }

    /// The scores of a class.
    ///
    /// - Parameters:
    ///   - correct: the number of images of the class that are predicted as the class.
    ///   - predicted: the number of images that are predicted as the class.
    ///   - support: the number of images of the class.
    init(correct: Int, predicted: Int, support: Int) {
        func ratio(_ count: Int, of whole: Int) -> Double { whole > 0 ? Double(count) / Double(whole) : 0 }
        self.init(
            precision: ratio(correct, of: predicted), recall: ratio(correct, of: support),
            f1: ratio(2 * correct, of: predicted + support))
    }

    /// The weighted mean of scores; 0 if all weights are 0.
    init(meanOf scores: [ClassScores], weights: [Double]) {
        let total = weights.reduce(0, +)
        func mean(_ property: KeyPath<ClassScores, Double>) -> Double {
            guard total > 0 else { return 0 }
            return zip(scores, weights).reduce(0) { $0 + $1.0[keyPath: property] * $1.1 } / total
        }
        self.init(precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1))
    }
}

/// The ROC and precision-recall curves of a class.
public struct ClassCurves: Sendable, Codable, Equatable {
    /// A point of the ROC curve.
    public struct ROCPoint: Sendable, Codable, Equatable {
        /// The fraction of other images whose probability reaches the threshold.
        public let falsePositiveRate: Double
        /// The fraction of the class's images whose probability reaches the threshold.
        public let truePositiveRate: Double
    }

    /// A point of the precision-recall curve.
    public struct PrecisionRecallPoint: Sendable, Codable, Equatable {
        /// The fraction of the class's images whose probability reaches the threshold.
        public let recall: Double
        /// The fraction of the images above the threshold that are of the class.
        public let precision: Double
    }

    /// The name of the class.
    public let label: String
    /// The display name of the class; nil if the model has no display names.
    public let name: String?
    /// The area under the ROC curve, like scikit-learn's `roc_auc_score`; nil if all or no images are of the class.
    public let areaUnderROC: Double?
    /// The average precision, like scikit-learn's `average_precision_score`.
    public let averagePrecision: Double
    /// The ROC curve from (0, 0) to (1, 1), like scikit-learn's `roc_curve`. Long curves are reduced to as many points
    /// as a plot can show. Empty without an area.
    public let roc: [ROCPoint]
    /// The precision-recall curve from the highest threshold to the lowest, beginning at recall 0 and precision 1.
    public let precisionRecall: [PrecisionRecallPoint]
}

/// A fraction with its 95 % confidence interval.
///
/// The interval is that of E. B. Wilson: Probable inference, the law of succession, and statistical inference, 1927. It
/// is also valid for fractions near 0 and 1, unlike the normal approximation.
public struct FractionEstimate: Sendable, Codable, Equatable {
    /// The fraction, 0 to 1.
    public let value: Double
    /// The lower end of the interval.
    public let lower: Double
    /// The upper end of the interval.
    public let upper: Double

    /// Estimates the fraction of `hits` among `count`. For a count of 0, the fraction is 0 and the interval 0 to 1.
    public init(hits: Int, of count: Int) {
        guard count > 0 else {
            (value, lower, upper) = (0, 0, 1)
            return
        }
        // The 0.975 quantile of the normal distribution.
        let z = 1.959963984540054
        let (fraction, number) = (Double(hits) / Double(count), Double(count))
        let width = 1 + z * z / number
        let center = (fraction + z * z / (2 * number)) / width
        let half = z / width * (fraction * (1 - fraction) / number + z * z / (4 * number * number)).squareRoot()
        (value, lower, upper) = (fraction, max(0, min(fraction, center - half)), min(1, max(fraction, center + half)))
    }
}
