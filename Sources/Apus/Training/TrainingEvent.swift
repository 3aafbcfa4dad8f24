public import TorchVision

/// What a training run tells while it runs.
public enum TrainingEvent: Sendable {
    /// The data is open and the network is ready.
    case started(TrainingPlan)
    /// An epoch begins: its number from 1, and the learning rate of its steps.
    case epochStarted(Int, learningRate: Double)
    /// A step is done.
    case step(TrainingProgress)
    /// Some of an epoch's validation is done: pictures so far, and in all.
    case validating(done: Int, total: Int)
    /// An epoch is done and its model is saved.
    case epochEnded(EpochMetrics, isBest: Bool)
    /// A picture could not be read. It is left out, and told once.
    case unreadable(SampleFailure)
}

/// What is about to be trained on what.
public struct TrainingPlan: Sendable {
    /// The names of the classes.
    public let classes: [String]
    /// How many pictures there are to learn from, and to validate with.
    public let trainingPictures: Int, validationPictures: Int
    /// The network and its weights.
    public let model: String
    /// Which parts are trained.
    public let strategy: TrainingStrategy
    /// What stands after the network's features.
    public let head: Head
    /// How many parameters are trained, and how many there are.
    public let trainableParameters: Int, parameters: Int
    /// How many steps an epoch has.
    public let stepsPerEpoch: Int
    /// Where it computes.
    public let device: String
    /// The engine that computes the frozen part; nil where LibTorch computes everything.
    public let engine: EngineReport?
    /// What else the user should know: ignored files, weights that were missing.
    public let notes: [String]
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
}

/// The figures of one epoch.
public struct EpochMetrics: Sendable, Codable, Equatable {
    /// The epoch, from 1.
    public let epoch: Int
    /// The learning rate of its steps.
    public let learningRate: Double
    /// The mean loss of its steps, while the network changed; auxiliary heads' is not in it.
    public let trainingLoss: Double
    /// The share of training pictures that were recognised in those steps.
    public let trainingAccuracy: Double
    /// The loss on the validation pictures after the epoch.
    public let validationLoss: Double
    /// The share of validation pictures that are recognised after the epoch.
    public let validationAccuracy: Double

    /// Whether more validation pictures are recognised, or as many with a lower loss.
    func isBetter(than other: EpochMetrics) -> Bool {
        (validationAccuracy, -validationLoss) > (other.validationAccuracy, -other.validationLoss)
    }
}
