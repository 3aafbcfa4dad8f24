/// The result of evaluating a classifier on labeled images.
///
/// All probabilities include the temperature if the classifier is calibrated.
public struct Evaluation: Sendable, Codable, Equatable {
    /// The metrics of a class.
    public struct ClassResult: Sendable, Codable, Equatable {
        /// The name of the class.
        public let label: String
        /// The display name of the class; nil if the model has no display names.
        public let name: String?
        /// The index in the model's order.
        public let index: Int
        /// The number of images of the class.
        public let support: Int
        /// The number of images of the class that are predicted correctly.
        public let correct: Int
        /// The number of images that are predicted as the class.
        public let predicted: Int
        /// Precision, recall and F1.
        public let scores: ClassScores
        /// The average precision; only for two classes or multi-label data.
        public let averagePrecision: Double?
        /// The area under the ROC curve; only for two classes or multi-label data.
        public let areaUnderROC: Double?
    }

    /// The top-k accuracy: the fraction of images for which a true class is among the k most probable.
    public struct TopAccuracy: Sendable, Codable, Equatable {
        /// The number of classes that count.
        public let k: Int
        /// The fraction with its confidence interval.
        public let accuracy: FractionEstimate
    }

    /// The names of the model's classes, in its order.
    public let labels: [String]
    /// The display names of the classes, in the same order; nil if the model has none.
    public let displayNames: [String]?
    /// Whether the classifier is multi-label.
    public let isMultiLabel: Bool
    /// The number of evaluated images.
    public let count: Int
    /// The number of unreadable images.
    public let errors: Int
    /// The top-1 accuracy, 0 to 1. For multi-label data, the most probable class must be one of the true ones.
    public let top1: Double
    /// The top-5 accuracy, 0 to 1.
    public let top5: Double
    /// The top-k accuracy for each requested k, with confidence intervals; by default 1 and 5.
    public let topK: [TopAccuracy]
    /// The mean cross entropy between the probabilities and the truth.
    public let loss: Double
    /// The metrics of the classes with images or predictions, in the model's order.
    public let classes: [ClassResult]
    /// The names of the classes without images. They count in the averages if images are predicted as them, as in
    /// scikit-learn.
    public let absentClasses: [String]
    /// The macro avg over `classes`: each class has the same weight.
    public let macro: ClassScores
    /// The weighted avg over `classes`: each class is weighted by its images.
    public let weighted: ClassScores
    /// The micro avg, the scores of all decisions together; only for multi-label data.
    public let micro: ClassScores?
    /// The mean average precision; only for multi-label data.
    public let meanAveragePrecision: Double?
    /// The confusion matrix; nil for multi-label data.
    public let confusion: ConfusionMatrix?
    /// The calibration metrics without a temperature; nil for multi-label data.
    public let uncalibrated: ConfidenceMetrics?
    /// The calibration metrics with the model's temperature; nil if it has none.
    public let calibrated: ConfidenceMetrics?
    /// The temperature of the model; nil if it has none.
    public let temperature: Double?
    /// The metrics of the rejection threshold; nil if the model has none.
    public let unknown: RejectionMetrics?
    /// The curves of each class with images; only for two classes or multi-label data.
    public let curves: [ClassCurves]
    /// Notable images.
    public let gallery: EvaluationGallery

    /// Returns the names of classes.
    public func names(of classes: [Int]) -> [String] { classes.map { labels[$0] } }

    /// Returns the name of a class for people: its display name, or the name of the class if there is none.
    ///
    /// - Parameter index: the index of the class, from 0.
    public func displayName(of index: Int) -> String { displayNames?[index] ?? labels[index] }

    /// The names of `absentClasses` for people.
    package var absentNames: [String] {
        let present = Set(classes.filter { $0.support > 0 }.map(\.index))
        return labels.indices.filter { !present.contains($0) }.map(displayName)
    }
}

/// Metrics of the threshold below which images are rejected as unknown.
public struct RejectionMetrics: Sendable, Codable, Equatable {
    /// The threshold: the lowest probability of an accepted prediction.
    public let threshold: Double
    /// The number of rejected images.
    public let count: Int
    /// The accuracy on the accepted images.
    public let accuracyOfKnown: Double
}

extension Evaluation {
    /// The common sums of single-label and multi-label tallies.
    struct Sums {
        let classes: [String]
        let displayNames: [String]?
        let results: [ClassResult]
        let count: Int
        let errors: Int
        /// For each k, including 1 and 5, the number of images for which a true class is among the k most probable.
        let topHits: [(k: Int, hits: Int)]
        let loss: Double
        let curves: [ClassCurves]
        let gallery: EvaluationGallery
    }

    /// Creates an evaluation of single-label data.
    init(
        _ sums: Sums, confusion: ConfusionMatrix, uncalibrated: ConfidenceMetrics, calibrated: ConfidenceMetrics?,
        temperature: Double?, unknown: RejectionMetrics?
    ) {
        self.init(
            sums, isMultiLabel: false, micro: nil, meanAveragePrecision: nil, confusion: confusion,
            uncalibrated: uncalibrated, calibrated: calibrated, temperature: temperature, unknown: unknown)
    }

    /// Creates an evaluation of multi-label data.
    init(_ sums: Sums, meanAveragePrecision: Double) {
        let results = sums.results
        func total(_ property: KeyPath<ClassResult, Int>) -> Int { results.reduce(0) { $0 + $1[keyPath: property] } }
        let micro = ClassScores(
            correct: total(\.correct), predicted: total(\.predicted), support: total(\.support))
        self.init(
            sums, isMultiLabel: true, micro: micro, meanAveragePrecision: meanAveragePrecision, confusion: nil,
            uncalibrated: nil, calibrated: nil, temperature: nil, unknown: nil)
    }

    private init(
        _ sums: Sums, isMultiLabel: Bool, micro: ClassScores?, meanAveragePrecision: Double?,
        confusion: ConfusionMatrix?, uncalibrated: ConfidenceMetrics?, calibrated: ConfidenceMetrics?,
        temperature: Double?, unknown: RejectionMetrics?
    ) {
        let known = sums.results.filter { $0.support > 0 || $0.predicted > 0 }
        let top = sums.topHits.map { TopAccuracy(k: $0.k, accuracy: FractionEstimate(hits: $0.hits, of: sums.count)) }
        func accuracy(_ k: Int) -> Double { top.first { $0.k == k }?.accuracy.value ?? 0 }
        self.init(
            labels: sums.classes, displayNames: sums.displayNames, isMultiLabel: isMultiLabel, count: sums.count,
            errors: sums.errors, top1: accuracy(1), top5: accuracy(5), topK: top, loss: sums.loss, classes: known,
            absentClasses: sums.results.filter { $0.support == 0 }.map(\.label),
            macro: ClassScores(meanOf: known.map(\.scores), weights: known.map { _ in 1 }),
            weighted: ClassScores(meanOf: known.map(\.scores), weights: known.map { Double($0.support) }), micro: micro,
            meanAveragePrecision: meanAveragePrecision, confusion: confusion, uncalibrated: uncalibrated,
            calibrated: calibrated, temperature: temperature, unknown: unknown, curves: sums.curves,
            gallery: sums.gallery)
    }
}

extension Evaluation.ClassResult {
    /// Returns the metrics of all classes.
    ///
    /// - Parameters:
    ///   - displayNames: the display names of the classes; nil for none.
    ///   - answers: the scores of each class for curves; empty for no curves.
    static func results(
        _ classes: [String], _ displayNames: [String]?, supports: [Int], correct: [Int], predicted: [Int],
        answers: [ClassAnswers]
    ) -> [Self] {
        classes.indices.map { place in
            let curves = answers.isEmpty ? nil : answers[place]
            return Self(
                label: classes[place], name: displayNames?[place], index: place, support: supports[place],
                correct: correct[place], predicted: predicted[place],
                scores: ClassScores(
                    correct: correct[place], predicted: predicted[place], support: supports[place]),
                averagePrecision: curves?.averagePrecision, areaUnderROC: curves?.areaUnderROC)
        }
    }
}
