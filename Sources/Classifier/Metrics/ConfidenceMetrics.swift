/// Calibration metrics of the probability of the predicted class.
public struct ConfidenceMetrics: Sendable, Codable, Equatable {
    /// The images whose confidence is in one of 15 bins.
    public struct Bin: Sendable, Codable, Equatable {
        /// The lower edge, which belongs to the bin.
        public let lower: Double
        /// The upper edge, which belongs to the next bin, or to the last bin if it is 1.
        public let upper: Double
        /// The number of images.
        public let count: Int
        /// The mean confidence; 0 without images.
        public let confidence: Double
        /// The accuracy; 0 without images.
        public let accuracy: Double
    }

    /// The number of bins, as in C. Guo et al.: On Calibration of Modern Neural Networks, 2017, arXiv:1706.04599.
    public static let binCount = 15

    /// The negative log-likelihood: the mean cross entropy between the probabilities and the truth.
    public let negativeLogLikelihood: Double
    /// The Brier score: the mean squared error of the probabilities, summed over the classes; for two classes, of one
    /// class, like scikit-learn's `brier_score_loss`.
    public let brierScore: Double
    /// The expected calibration error (ECE): the mean difference between confidence and accuracy over the bins,
    /// weighted by images, like torchmetrics' `MulticlassCalibrationError` with 15 bins.
    public let expectedCalibrationError: Double
    /// The maximum calibration error (MCE): the largest difference in a bin.
    public let maximumCalibrationError: Double
    /// The bins of a reliability diagram, of equal width from 0 to 1.
    public let bins: [Bin]
}

/// The result of a calibration.
public struct CalibrationReport: Sendable, Codable, Equatable {
    /// The calibration; nil if the images do not determine a temperature and no threshold was requested.
    public let calibration: ModelCalibration?
    /// Whether a temperature was found. Otherwise it is 1: there are fewer than ten images, all are correct, or the
    /// predictions are no better than chance.
    public let hasTemperature: Bool
    /// The number of unreadable images.
    public let errors: Int
    /// The metrics before, with a temperature of 1.
    public let before: ConfidenceMetrics
    /// The metrics afterwards, on the same images.
    public let after: ConfidenceMetrics
}

/// Sums over images for `ConfidenceMetrics`.
struct ConfidenceTally {
    private let classCount: Int
    private var count = 0
    private var likelihood = 0.0
    private var squares = 0.0
    private var bins = Array(
        repeating: (count: 0, confidence: 0.0, correct: 0), count: ConfidenceMetrics.binCount)

    init(classCount: Int) { self.classCount = classCount }

    /// Adds an image of a class.
    mutating func add(_ answer: Softmax, label: Int) {
        let confidence = answer.confidence
        count += 1
        likelihood -= answer.logarithm(label)
        squares += answer.squaredError(label)
        // A network that has diverged outputs NaN, which its loss shows.
        guard confidence.isFinite else { return }
        let bin = min(bins.count - 1, max(0, Int(confidence * Double(bins.count))))
        bins[bin].count += 1
        bins[bin].confidence += confidence
        bins[bin].correct += answer.best == label ? 1 : 0
    }

    /// The mean loss.
    var loss: Double { likelihood / Double(max(1, count)) }

    var metrics: ConfidenceMetrics {
        let number = Double(bins.count)
        let means = bins.enumerated().map { place, bin in
            ConfidenceMetrics.Bin(
                lower: Double(place) / number, upper: Double(place + 1) / number, count: bin.count,
                confidence: bin.confidence / Double(max(1, bin.count)),
                accuracy: Double(bin.correct) / Double(max(1, bin.count)))
        }
        let images = Double(max(1, count))
        return ConfidenceMetrics(
            negativeLogLikelihood: loss, brierScore: squares / images / (classCount == 2 ? 2 : 1),
            expectedCalibrationError: means.reduce(0) {
                $0 + abs($1.confidence - $1.accuracy) * Double($1.count) / images
            },
            maximumCalibrationError: means.map { abs($0.confidence - $0.accuracy) }.max() ?? 0, bins: means)
    }
}
