/// How well the probability of a class tells its pictures from all others, at any threshold.
public struct ClassCurves: Sendable, Codable, Equatable {
    /// A point of the receiver operating characteristic.
    public struct ROCPoint: Sendable, Codable, Equatable {
        /// The share of other pictures whose probability reaches the threshold.
        public let falsePositiveRate: Double
        /// The share of the class's pictures whose probability reaches it.
        public let truePositiveRate: Double
    }

    /// A point of the curve of precision over recall.
    public struct PrecisionRecallPoint: Sendable, Codable, Equatable {
        /// The share of the class's pictures whose probability reaches the threshold.
        public let recall: Double
        /// The share of the pictures that reach it which are of the class.
        public let precision: Double
    }

    /// The class's name.
    public let label: String
    /// The area under the receiver operating characteristic, as scikit-learn's `roc_auc_score`; nil where all pictures
    /// are of the class, or none.
    public let areaUnderROC: Double?
    /// The area under precision over recall as steps, as scikit-learn's `average_precision_score`.
    public let averagePrecision: Double
    /// From (0, 0) to (1, 1), corners only, as scikit-learn's `roc_curve`; of long curves so many points as a picture can
    /// show. Empty without an area.
    public let roc: [ROCPoint]
    /// From the highest threshold to the lowest, beginning at recall 0 and precision 1.
    public let precisionRecall: [PrecisionRecallPoint]
}
