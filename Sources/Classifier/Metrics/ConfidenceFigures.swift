/// How far the probability of the most probable class can be taken at its word.
public struct ConfidenceFigures: Sendable, Codable, Equatable {
    /// The images whose highest probability lies within a fifteenth of the range.
    public struct Bin: Sendable, Codable, Equatable {
        /// Where the bin begins; it reaches to the beginning of the next, the last one to 1 inclusive.
        public let lower: Double
        /// Where it ends.
        public let upper: Double
        /// How many images are in it.
        public let count: Int
        /// The mean of their highest probabilities; 0 without images.
        public let confidence: Double
        /// The fraction of them that is correct; 0 without images.
        public let accuracy: Double
    }

    /// The number of bins, as in C. Guo et al.: On Calibration of Modern Neural Networks, 2017, arXiv:1706.04599.
    public static let binCount = 15

    /// The negative log likelihood: the mean cross entropy between the probabilities and the truth.
    public let negativeLogLikelihood: Double
    /// The mean squared error of the probabilities, summed over the classes; of two classes, of one of them, as
    /// scikit-learn's `brier_score_loss` has it.
    public let brierScore: Double
    /// The expected calibration error: the mean distance between confidence and accuracy in the bins, weighted by
    /// images, as torchmetrics' `MulticlassCalibrationError` with 15 bins.
    public let expectedCalibrationError: Double
    /// The largest distance in a bin.
    public let maximumCalibrationError: Double
    /// What a reliability diagram shows: bins of equal width, from 0 to 1.
    public let bins: [Bin]
}

/// What a calibration came to.
public struct CalibrationReport: Sendable, Codable, Equatable {
    /// What was found; nil where the images could not determine a temperature and no threshold was asked for.
    public let calibration: ModelCalibration?
    /// Whether a temperature was found; else it is 1: there are fewer than ten images, all are correct, or the answers
    /// have no information on the classes.
    public let hasTemperature: Bool
    /// How many images could not be read.
    public let errors: Int
    /// How far the probabilities could be trusted before, with a temperature of 1.
    public let before: ConfidenceFigures
    /// The same afterwards, on the same images.
    public let after: ConfidenceFigures
}
