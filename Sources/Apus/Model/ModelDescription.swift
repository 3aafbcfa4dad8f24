public import TorchVision

/// What a trained classifier is, apart from its weights: all that prediction needs, and where it came from.
public struct ModelDescription: Sendable, Codable, Equatable {
    /// The network's name in `Architecture`.
    public var architecture: String
    /// The names of the classes, in the order of the network's outputs.
    public var classes: [String]
    /// How pictures are prepared, in training, evaluation and prediction alike.
    public var preprocessing: Preprocessing
    /// The figures of the epoch that the weights are from; nil for weights that were not trained here.
    public var metrics: EpochMetrics?
    /// How the classifier was trained; nil for published weights.
    public var training: TrainingSummary?

    /// Describes a classifier.
    public init(
        architecture: String, classes: [String], preprocessing: Preprocessing, metrics: EpochMetrics? = nil,
        training: TrainingSummary? = nil
    ) {
        self.architecture = architecture
        self.classes = classes
        self.preprocessing = preprocessing
        self.metrics = metrics
        self.training = training
    }
}

/// The main choices of a training run; the run directory's `config.json` has all. What does not change the result (the
/// number of workers, paths) is left out, so that equal runs write equal files.
public struct TrainingSummary: Sendable, Codable, Equatable {
    /// The weights that training began with; nil for a fresh network.
    public var startedFrom: String?
    /// Which parts were trained.
    public var strategy: TrainingStrategy
    /// The rule of the steps.
    public var optimizer: OptimizerKind
    /// The initial learning rate.
    public var learningRate: Double
    /// Pictures in a step.
    public var batchSize: Int
    /// What shuffling, augmentation, dropout and new layers depended on.
    public var seed: UInt64
    /// How many pictures there were to learn from.
    public var trainingPictures: Int
    /// The share of pictures that was set aside; nil where the data had validation pictures of its own.
    public var validationSplit: Double?
}
