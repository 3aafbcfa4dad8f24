public import Classifier
internal import Foundation

/// All that a diagnosis is made of.
public struct TrainingCurves: Sendable {
    /// The figures of the epochs, in order.
    public var epochs: [EpochMetrics]
    /// What each few steps came to, where the run kept it.
    public var steps: [StepSummary] = []
    /// The names of the classes.
    public var classes: [String]
    /// How many pictures of each class there are to learn from, where known.
    public var trainingCounts: [Int]?
    /// How many validation pictures there are.
    public var validationPictures: Int
    /// What the last validation came to, for each class, where known.
    public var lastValidation: [ClassTally]?
    /// Whether all layers are trained.
    public var trainsEverything: Bool
    /// Whether images can have several labels; accuracies are then of all labels.
    public var isMultiLabel = false
    /// How many steps the optimizer takes in an epoch, where known.
    public var optimizerStepsPerEpoch: Int?
    /// Whether the network began with random weights.
    public var startsFresh = false
    /// Whether pretrained weights are published for it.
    public var hasPretrainedWeights = false
    /// Whether the validation images were set aside from the training images; otherwise the data have their own.
    public var setsValidationAside = true
    /// Whether rare classes weigh more, or are drawn more often.
    public var balancesClasses = false
    /// How many training images there are, where known.
    public var trainingPictures: Int?
    /// How much each class weighs in the training loss, where images can have several labels how much their presence does;
    /// nil for the same.
    public var classWeights: [Double]?
    /// What ended the run before its time, where the loss was no number any more.
    public var collapse: Collapse?

    /// What a validation came to for one class.
    public struct ClassTally: Sendable, Codable, Equatable {
        /// How many pictures of the class there were.
        public var pictures: Int
        /// How many of them were recognised.
        public var hits: Int
        /// How many pictures, of all classes, were taken for this one.
        public var predictions: Int

        /// The tally of its figures.
        public init(pictures: Int, hits: Int, predictions: Int) {
            self.pictures = pictures
            self.hits = hits
            self.predictions = predictions
        }
    }

    /// Where a loss was no number any more.
    public struct Collapse: Sendable, Codable, Equatable {
        /// The epoch and the step of the whole run, both from 1.
        public var epoch: Int, step: Int
        /// The learning rate of the step.
        public var learningRate: Double
        /// The loss: infinite or no number.
        public var loss: Double

        /// The place of a loss.
        public init(epoch: Int, step: Int, learningRate: Double, loss: Double) {
            self.epoch = epoch
            self.step = step
            self.learningRate = learningRate
            self.loss = loss
        }
    }

    /// The curves of a run.
    public init(
        epochs: [EpochMetrics], classes: [String], validationPictures: Int, trainsEverything: Bool
    ) {
        self.epochs = epochs
        self.classes = classes
        self.validationPictures = validationPictures
        self.trainsEverything = trainsEverything
    }
}

extension TrainingCurves {
    var trainingLosses: [Double] { epochs.map(\.trainingLoss) }
    var validationLosses: [Double] { epochs.map(\.validationLoss) }

    /// The training loss of one who knows nothing: all classes are as probable as each other. Weights of single labels
    /// leave it as it is, since the loss is divided by their sum; those of several labels do not.
    var blindLoss: Double {
        guard isMultiLabel else { return log(Double(max(2, classes.count))) }
        guard let weights = classWeights, let shares = labelShares, weights.count == shares.count else { return log(2) }
        let scales = zip(shares, weights).map { share, weight in share * weight + 1 - share }
        return log(2) * scales.reduce(0, +) / Double(max(1, scales.count))
    }

    /// The fraction of the training images that show each class, where images can have several labels.
    private var labelShares: [Double]? {
        guard isMultiLabel, let counts = trainingCounts, let pictures = trainingPictures, pictures > 0 else {
            return nil
        }
        return counts.map { Double($0) / Double(pictures) }
    }

    /// The loss and the accuracy of one who knows how frequent each class is, and no more.
    var guess: (loss: Double, accuracy: Double) {
        guard !isMultiLabel else {
            guard let shares = labelShares, !shares.isEmpty else { return (blindLoss, 0) }
            return (blindLoss, shares.reduce(0) { $0 + max($1, 1 - $1) } / Double(shares.count))
        }
        guard let counts = trainingCounts, let largest = counts.max(), largest > 0 else {
            return (blindLoss, 1 / Double(max(2, classes.count)))
        }
        let total = Double(counts.reduce(0, +))
        let shares = counts.map { Double($0) / total }
        let entropy = shares.reduce(0) { $0 - ($1 > 0 ? $1 * log($1) : 0) }
        return (entropy, Double(largest) / total)
    }

    /// The score of one who knows nothing: of a mean average precision the mean frequency of the classes.
    var blindScore: Double? { labelShares.map { $0.reduce(0, +) / Double(max(1, $0.count)) } }

    /// How many steps the optimizer has taken, where known.
    var optimizerSteps: Int? { optimizerStepsPerEpoch.map { $0 * epochs.count } }

    /// How many steps a network that begins so needs at least before its curves say anything of it.
    var neededSteps: Double { (startsFresh ? Threshold.freshSteps : .trainedSteps).value }

    /// Whether pretrained weights could be begun with, and are not.
    var couldStartPretrained: Bool { startsFresh && hasPretrainedWeights }

    /// How far an accuracy lies between guessing, 0, and being always right, 1.
    func skill(_ accuracy: Double) -> Double {
        let guess = guess.accuracy
        return guess < 1 ? (accuracy - guess) / (1 - guess) : 0
    }
}

/// What a rule asks of a curve.
enum Curve {
    /// The mean of each value and its neighbours.
    static func smoothed(_ values: [Double]) -> [Double] {
        values.indices.map { index in
            let near = values[max(0, index - 1)...min(values.count - 1, index + 1)]
            return near.reduce(0, +) / Double(near.count)
        }
    }

    /// The standard deviation of a curve about its trend; 0 where the values are too few to tell.
    ///
    /// It is taken from the third differences, which a smooth curve has hardly any of: those of independent noise have a
    /// variance 1 + 9 + 9 + 1 = 20 times its own. Their median hides single jumps; 1.4826 makes it a deviation.
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

    /// The share by which a curve falls in each step, on the mean, from its first value to its last.
    static func fall(_ values: ArraySlice<Double>) -> Double {
        guard let first = values.first, let last = values.last, values.count > 1, first > 0 else { return 0 }
        return 1 - pow(max(0, last / first), 1 / Double(values.count - 1))
    }
}
