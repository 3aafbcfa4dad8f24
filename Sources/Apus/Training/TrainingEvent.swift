public import TorchVision

/// What a training run tells while it runs.
public enum TrainingEvent: Sendable {
    /// The data is open and the network is ready.
    case started(TrainingPlan)
    /// An engine is ready that computes the frozen part.
    case engine(EngineReport)
    /// Some of the features that are kept are computed: pictures so far, and in all.
    case extracting(done: Int, total: Int)
    /// An epoch begins: its number from 1, and the learning rate of its first step.
    case epochStarted(Int, learningRate: Double)
    /// A step is done.
    case step(TrainingProgress)
    /// Some of an epoch's validation is done: pictures so far, and in all.
    case validating(done: Int, total: Int)
    /// An epoch is done and its model is saved.
    case epochEnded(EpochMetrics, isBest: Bool)
    /// What the user should know of the run's progress.
    case note(String)
    /// A picture could not be read. It is left out, and told once.
    case unreadable(SampleFailure)
    /// Something that the user must know, whatever else is silenced.
    case warning(String)
}

/// How far an epoch is.
public struct TrainingProgress: Sendable {
    /// The epoch, from 1.
    public let epoch: Int
    /// The step within the epoch, from 1, and how many there are.
    public let step: Int, steps: Int
    /// How many pictures have passed in this epoch, and how many there are.
    public let pictures: Int, totalPictures: Int
    /// The mean loss and accuracy of the epoch so far.
    public let loss: Double, accuracy: Double
    /// The learning rate of the step.
    public let learningRate: Double
}

/// The figures of one epoch.
public struct EpochMetrics: Sendable, Codable, Equatable {
    /// The epoch, from 1.
    public let epoch: Int
    /// The learning rate of its last step.
    public let learningRate: Double
    /// The mean loss of its steps, while the network changed; auxiliary heads' is not in it.
    public let trainingLoss: Double
    /// The fraction of training images that were correct in those steps; where an image may have several labels, the
    /// fraction of all labels that were decided correctly at a probability of a half.
    public let trainingAccuracy: Double
    /// The loss on the validation pictures after the epoch.
    public let validationLoss: Double
    /// The same of the validation images after the epoch.
    public let validationAccuracy: Double
    /// The mean average precision on the validation images, where an image may have several labels; nil otherwise.
    public internal(set) var validationMeanAveragePrecision: Double?

    /// What epochs are compared by: the mean average precision where there is one, else the accuracy.
    package var validationScore: Double { validationMeanAveragePrecision ?? validationAccuracy }

    /// What `validationScore` is.
    package static func scoreName(isMultiLabel: Bool) -> String {
        isMultiLabel ? "mean average precision" : "accuracy"
    }

    /// What `trainingAccuracy` and `validationAccuracy` are.
    package static func accuracyName(isMultiLabel: Bool) -> String {
        isMultiLabel ? "label accuracy" : "accuracy"
    }

    /// Whether the validation score is higher, or as high with a lower loss; by the metric `loss`, whether that is lower.
    func isBetter(than other: EpochMetrics, by metric: BestMetric = .accuracy) -> Bool {
        switch metric {
        case .accuracy: (validationScore, -validationLoss) > (other.validationScore, -other.validationLoss)
        case .loss: validationLoss < other.validationLoss
        }
    }
}
