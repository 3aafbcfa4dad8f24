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
    /// Whether pictures can have several classes; accuracies are then mean average precisions.
    public var isMultiLabel = false
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

    /// The loss of one who knows nothing: all classes are as probable as each other.
    var blindLoss: Double { isMultiLabel ? log(2) : log(Double(max(2, classes.count))) }

    /// The loss and the accuracy of one who knows how frequent each class is, and no more.
    var guess: (loss: Double, accuracy: Double) {
        guard let counts = trainingCounts, let largest = counts.max(), largest > 0 else {
            return (blindLoss, isMultiLabel ? 0 : 1 / Double(max(2, classes.count)))
        }
        let total = Double(counts.reduce(0, +))
        let shares = counts.map { Double($0) / total }
        let entropy = shares.reduce(0) { $0 - ($1 > 0 ? $1 * log($1) : 0) }
        return isMultiLabel ? (blindLoss, 0) : (entropy, Double(largest) / total)
    }

    /// How far an accuracy lies between guessing, 0, and being always right, 1.
    func skill(_ accuracy: Double) -> Double {
        let guess = guess.accuracy
        return guess < 1 ? (accuracy - guess) / (1 - guess) : 0
    }
}
