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
    /// The share of training pictures that were recognised in those steps; of pictures of several classes, the share of
    /// the classes that were decided rightly.
    public let trainingAccuracy: Double
    /// The loss on the validation pictures after the epoch.
    public let validationLoss: Double
    /// The share of validation pictures that are recognised after the epoch; for pictures of several classes, the mean
    /// average precision.
    public let validationAccuracy: Double

    /// What `validationAccuracy` is.
    package static func validationMeasure(isMultiLabel: Bool) -> String {
        isMultiLabel ? "mean average precision" : "accuracy"
    }

    /// Whether more validation pictures are recognised, or as many with a lower loss; by the metric `loss`, whether
    /// that is lower.
    func isBetter(than other: EpochMetrics, by metric: BestMetric = .accuracy) -> Bool {
        switch metric {
        case .accuracy: (validationAccuracy, -validationLoss) > (other.validationAccuracy, -other.validationLoss)
        case .loss: validationLoss < other.validationLoss
        }
    }
}
