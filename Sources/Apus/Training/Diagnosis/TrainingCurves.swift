public import Classifier
internal import Foundation

/// The input of a diagnosis: the curves of a run, and facts about its data and network.
public struct TrainingCurves: Sendable {
    /// The metrics of the epochs, in order.
    public var epochs: [EpochMetrics]
    /// The metrics of the steps, if the run logged them.
    public var steps: [StepSummary] = []
    /// The names of the classes.
    public var classes: [String]
    /// The number of training images of each class, if known.
    public var trainingCounts: [Int]?
    /// The number of validation images.
    public var validationImages: Int
    /// The results of the last validation for each class, if known.
    public var lastValidation: [ClassTally]?
    /// Whether all layers are trained.
    public var trainsEverything: Bool
    /// Whether the data is multi-label. Accuracies are then of all labels.
    public var isMultiLabel = false
    /// The number of optimizer steps per epoch, if known.
    public var optimizerStepsPerEpoch: Int?
    /// Whether the initial weights are random.
    public var startsFresh = false
    /// Whether pretrained weights are published for the network.
    public var hasPretrainedWeights = false
    /// Whether the validation images were split off the training images; otherwise the data has its own.
    public var setsValidationAside = true
    /// Whether rare classes have a larger weight in the loss, or are sampled more often.
    public var balancesClasses = false
    /// The number of training images, if known.
    public var trainingImages: Int?
    /// The weight of each class in the training loss, in multi-label runs the weight of its presence; nil if all
    /// weights are equal.
    public var classWeights: [Double]?
    /// Whether the losses are those of a custom function, which can't be compared with the cross entropy at chance
    /// level.
    public var hasCustomLoss = false
    /// The step in which the loss became NaN or infinite and training ended; nil if it did not.
    public var collapse: Collapse?

    /// The results of a validation for one class.
    public struct ClassTally: Sendable, Codable, Equatable {
        /// The number of images of the class.
        public var images: Int
        /// The number of images of the class that were predicted correctly.
        public var hits: Int
        /// The number of images, of all classes, that were predicted as this class.
        public var predictions: Int

        /// Creates a tally from its counts.
        public init(images: Int, hits: Int, predictions: Int) {
            self.images = images
            self.hits = hits
            self.predictions = predictions
        }
    }

    /// The step in which the loss became NaN or infinite.
    public struct Collapse: Sendable, Codable, Equatable {
        /// The epoch, and the step in the whole run, both from 1.
        public var epoch: Int, step: Int
        /// The learning rate of the step.
        public var learningRate: Double
        /// The loss: NaN or infinite.
        public var loss: Double

        /// Creates a collapse from its step and its loss.
        public init(epoch: Int, step: Int, learningRate: Double, loss: Double) {
            self.epoch = epoch
            self.step = step
            self.learningRate = learningRate
            self.loss = loss
        }
    }

    /// Creates the curves of a run.
    public init(
        epochs: [EpochMetrics], classes: [String], validationImages: Int, trainsEverything: Bool
    ) {
        self.epochs = epochs
        self.classes = classes
        self.validationImages = validationImages
        self.trainsEverything = trainsEverything
    }
}

extension TrainingCurves {
    var trainingLosses: [Double] { epochs.map(\.trainingLoss) }
    var validationLosses: [Double] { epochs.map(\.validationLoss) }

    /// The training loss at chance level: all classes are equally probable. Class weights of single-label data do not
    /// change it, because the loss is divided by their sum; those of multi-label data do.
    var chanceLoss: Double {
        guard isMultiLabel else { return log(Double(max(2, classes.count))) }
        guard let weights = classWeights, let fractions = labelFractions, weights.count == fractions.count else {
            return log(2)
        }
        let scales = zip(fractions, weights).map { fraction, weight in fraction * weight + 1 - fraction }
        return log(2) * scales.reduce(0, +) / Double(max(1, scales.count))
    }

    /// The fraction of the training images that have each label; nil for single-label data.
    private var labelFractions: [Double]? {
        guard isMultiLabel, let counts = trainingCounts, let images = trainingImages, images > 0 else {
            return nil
        }
        return counts.map { Double($0) / Double(images) }
    }

    /// The loss and the accuracy of the prior baseline, which knows only the class frequencies.
    var priorBaseline: (loss: Double, accuracy: Double) {
        guard !isMultiLabel else {
            guard let fractions = labelFractions, !fractions.isEmpty else { return (chanceLoss, 0) }
            return (chanceLoss, fractions.reduce(0) { $0 + max($1, 1 - $1) } / Double(fractions.count))
        }
        guard let counts = trainingCounts, let largest = counts.max(), largest > 0 else {
            return (chanceLoss, 1 / Double(max(2, classes.count)))
        }
        let total = Double(counts.reduce(0, +))
        let frequencies = counts.map { Double($0) / total }
        let entropy = frequencies.reduce(0) { $0 - ($1 > 0 ? $1 * log($1) : 0) }
        return (entropy, Double(largest) / total)
    }

    /// The mean average precision at chance level: the mean frequency of the labels.
    var chanceScore: Double? { labelFractions.map { $0.reduce(0, +) / Double(max(1, $0.count)) } }

    /// The number of optimizer steps so far, if known.
    var optimizerSteps: Int? { optimizerStepsPerEpoch.map { $0 * epochs.count } }

    /// The minimum number of steps before the curves can be judged, which depends on the initial weights.
    var neededSteps: Double { (startsFresh ? Threshold.freshSteps : .trainedSteps).value }

    /// Whether pretrained weights are available but were not used.
    var couldStartPretrained: Bool { startsFresh && hasPretrainedWeights }

    /// Returns the position of an accuracy between the prior baseline (0) and always correct (1).
    func skill(_ accuracy: Double) -> Double {
        let prior = priorBaseline.accuracy
        return prior < 1 ? (accuracy - prior) / (1 - prior) : 0
    }
}

/// Calculations on a curve.
enum Curve {
    /// Returns the means of each value and its neighbors.
    static func smoothed(_ values: [Double]) -> [Double] {
        values.indices.map { index in
            let near = values[max(0, index - 1)...min(values.count - 1, index + 1)]
            return near.reduce(0, +) / Double(near.count)
        }
    }

    /// Returns the standard deviation of a curve from its trend; 0 if there are too few values.
    ///
    /// The third differences of a smooth curve are near zero; those of independent noise have 1 + 9 + 9 + 1 = 20 times
    /// its variance. Their median ignores single jumps; the factor 1.4826 converts it to a standard deviation.
    static func noise(_ values: [Double]) -> Double {
        guard values.count >= 6 else { return 0 }
        let differences = (3..<values.count).map { last in
            let inner = values[last - 2] - values[last - 1]
            return abs(values[last] - values[last - 3] + 3 * inner)
        }
        return 1.4826 * median(differences) / 20.0.squareRoot()
    }

    static func median(_ values: some Sequence<Double>) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// Returns the mean relative decrease per step, from the first value of a curve to the last.
    static func fall(_ values: ArraySlice<Double>) -> Double {
        guard let first = values.first, let last = values.last, values.count > 1, first > 0 else { return 0 }
        return 1 - pow(max(0, last / first), 1 / Double(values.count - 1))
    }
}
