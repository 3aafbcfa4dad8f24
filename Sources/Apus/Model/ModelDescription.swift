public import TorchVision

/// What a trained classifier is, apart from its weights: all that prediction needs, and where it came from.
public struct ModelDescription: Sendable, Equatable {
    /// The network's name in `Architecture`.
    public var architecture: String
    /// The description of a network of one's own; nil for one that `Architecture` knows, or one of a program.
    public var network: NetworkDescription?
    /// What the network is made with.
    public var options: NetworkOptions
    /// The names of the classes, in the order of the network's outputs.
    public var classes: [String]
    /// Whether a picture may show several classes, so that each output is a question of its own.
    public var isMultiLabel: Bool
    /// How pictures are prepared, in training, evaluation and prediction alike.
    public var preprocessing: Preprocessing
    /// The figures of the epoch that the weights are from; nil for weights that were not trained here.
    public var metrics: EpochMetrics?
    /// How the classifier was trained; nil for published weights.
    public var training: TrainingSummary?
    /// What makes probabilities of the logits; nil where nothing was found out, and the softmax is taken as it is.
    public var calibration: ModelCalibration?

    /// Describes a classifier.
    ///
    /// - Parameter options: what the network is made with; their classes and picture size follow from the others.
    public init(
        architecture: String, network: NetworkDescription? = nil, options: NetworkOptions? = nil, classes: [String],
        isMultiLabel: Bool = false, preprocessing: Preprocessing, metrics: EpochMetrics? = nil,
        training: TrainingSummary? = nil, calibration: ModelCalibration? = nil
    ) {
        self.architecture = architecture
        self.network = network
        self.options = Self.complete(options, classes: classes, preprocessing)
        self.classes = classes
        self.isMultiLabel = isMultiLabel
        self.preprocessing = preprocessing
        self.metrics = metrics
        self.training = training
        self.calibration = calibration
    }

    private static func complete(
        _ options: NetworkOptions?, classes: [String], _ preprocessing: Preprocessing
    ) -> NetworkOptions {
        var options = options ?? NetworkOptions(classes: classes.count)
        options.classes = classes.count
        options.imageSize = preprocessing.cropSize
        return options
    }
}

extension ModelDescription: Codable {
    private enum CodingKeys: String, CodingKey {
        case architecture, network, options, classes, isMultiLabel, preprocessing, metrics, training
        case calibration
    }

    /// Reads a description; what an older one does not tell is as it was then.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            architecture: try container.decode(String.self, forKey: .architecture),
            network: try container.decodeIfPresent(NetworkDescription.self, forKey: .network),
            options: try container.decodeIfPresent(NetworkOptions.self, forKey: .options),
            classes: try container.decode([String].self, forKey: .classes),
            isMultiLabel: try container.decodeIfPresent(Bool.self, forKey: .isMultiLabel) ?? false,
            preprocessing: try container.decode(Preprocessing.self, forKey: .preprocessing),
            metrics: try container.decodeIfPresent(EpochMetrics.self, forKey: .metrics),
            training: try container.decodeIfPresent(TrainingSummary.self, forKey: .training),
            calibration: try container.decodeIfPresent(ModelCalibration.self, forKey: .calibration))
    }

    /// Writes a description. Options are written only where the network is not made in the usual way.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(architecture, forKey: .architecture)
        try container.encodeIfPresent(network, forKey: .network)
        if hasOptions { try container.encode(options, forKey: .options) }
        try container.encode(classes, forKey: .classes)
        if isMultiLabel { try container.encode(isMultiLabel, forKey: .isMultiLabel) }
        try container.encode(preprocessing, forKey: .preprocessing)
        try container.encodeIfPresent(metrics, forKey: .metrics)
        try container.encodeIfPresent(training, forKey: .training)
        try container.encodeIfPresent(calibration, forKey: .calibration)
    }

    /// Whether the network is made in another way than the number of classes and the size of pictures tell.
    var hasOptions: Bool { options != Self.complete(nil, classes: classes, preprocessing) }
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
    /// What the rate is multiplied by from stage to stage towards the input; nil where all stages have the same.
    public var stageRate: Double?
    /// Pictures in a step.
    public var batchSize: Int
    /// What shuffling, augmentation, dropout and new layers depended on.
    public var seed: UInt64
    /// How many pictures there were to learn from.
    public var trainingPictures: Int
    /// The share of pictures that was set aside; nil where the data had validation pictures of its own.
    public var validationSplit: Double?
    /// The share that was set aside besides, for a test; nil where there was none.
    public var testSplit: Double?
    /// What kept pictures of one group together; nil where nothing did.
    public var groupPattern: String?
    /// What told the labels; nil where folders or a table did.
    public var labelPattern: String?
    /// The column of a table that had the labels, and the one that named the images; nil where that was left to the table.
    public var labelColumn: String?, pathColumn: String?
    /// What separated the labels in a column; nil where that was left to the table.
    public var labelSeparator: String?
    /// The folder that paths in a table or a list counted from; nil for that of the file.
    public var root: String?
    /// Which images were learned from and which were set aside; nil in files of Apus 0.1.
    public var split: SplitRecord?
}

extension TrainingSummary {
    /// Options with what they leave open as it was in training.
    func completed(_ options: DatasetOptions) -> DatasetOptions {
        var completed = options
        if options.labelPattern == nil, options.labelColumn == nil, options.labelSeparator == nil {
            completed.labelPattern = labelPattern
        }
        if options.labelPattern == nil {
            completed.labelColumn = options.labelColumn ?? labelColumn
            completed.labelSeparator = options.labelSeparator ?? labelSeparator
        }
        completed.pathColumn = options.pathColumn ?? pathColumn
        completed.root = options.root ?? root
        return completed
    }
}
