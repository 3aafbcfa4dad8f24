public import Classifier

/// The settings of a training run.
///
/// Set only the values that differ from the defaults:
///
/// ```swift
/// let configuration = TrainingConfiguration(
///     model: "resnet18", epochs: 5,
///     data: .init(validationSplit: 0.1),
///     optimizer: .init(.sgd, learningRate: 0.01, nesterov: true))
/// ```
///
/// Each setting has a flag of `apus train`. `config.json` of a run holds the settings under the names of the flags; see
/// `read(_:)`.
public struct TrainingConfiguration: Sendable, Codable, Equatable {
    /// The network and its weights, as `ModelReference` reads them: `mobilenet_v2`, `resnet50:IMAGENET1K_V2`, or the
    /// file that describes a custom network.
    public var model: String
    /// The number of epochs: passes over the training images.
    public var epochs: Int
    /// The number of epochs without a better one after which the run ends; nil for no limit.
    public var patience: Int?
    /// The criterion for the best epoch.
    public var metric: BestMetric
    /// The random seed of the split, the shuffling, the augmentation, dropout and new layers.
    public var seed: UInt64
    /// The weights that training begins with, and the part that is trained.
    public var network: NetworkSettings
    /// The images, and how they are read.
    public var data: DataSettings
    /// The optimizer, the learning rate and its schedule, and regularization.
    public var optimizer: OptimizerSettings
    /// The loss.
    public var loss: LossSettings
    /// The files of the run. They do not change the training.
    public var output: OutputSettings
    /// The device, the threads and the precision.
    public var compute: ComputeSettings

    /// Creates a configuration. What is left out has its default.
    public init(
        model: String = "mobilenet_v2", epochs: Int = 3, patience: Int? = nil, metric: BestMetric = .accuracy,
        seed: UInt64 = 0, network: NetworkSettings = .init(), data: DataSettings = .init(),
        optimizer: OptimizerSettings = .init(), loss: LossSettings = .init(), output: OutputSettings = .init(),
        compute: ComputeSettings = .init()
    ) {
        self.model = model
        self.epochs = epochs
        self.patience = patience
        self.metric = metric
        self.seed = seed
        self.network = network
        self.data = data
        self.optimizer = optimizer
        self.loss = loss
        self.output = output
        self.compute = compute
    }
}
