public import Images

/// What a trained classifier is, apart from its weights: all that prediction needs, and where it came from.
public struct ModelDescription: Sendable, Equatable {
    /// The network's name in `Architecture`.
    public var architecture: String
    /// The description of a custom network; nil for one that `Architecture` knows, or one of a program.
    public var network: NetworkDescription?
    /// What the network is made with.
    public var options: NetworkOptions
    /// The names of the classes, in the order of the network's outputs.
    public var classes: [String]
    /// Whether an image may show several classes, so that each output is a question of its own.
    public var isMultiLabel: Bool
    /// How images are prepared, in training, evaluation and prediction alike.
    public var preprocessing: Preprocessing
    /// The metrics of the epoch that the weights are from; nil for weights that were not trained here.
    public var metrics: EpochMetrics?
    /// How the classifier was trained; nil for published weights.
    public var training: TrainingSummary?
    /// What makes probabilities of the logits; nil where nothing was found out, and the softmax is taken as it is.
    public var calibration: ModelCalibration?

    /// Describes a classifier.
    ///
    /// - Parameters:
    ///   - architecture: the name of the network.
    ///   - network: the description of a custom network; nil for any other.
    ///   - options: what the network is made with; their classes and image size follow from the others.
    ///   - classes: the names of the classes, in the order of the outputs.
    ///   - isMultiLabel: whether an image may have several labels.
    ///   - preprocessing: how images are prepared.
    ///   - metrics: the metrics of the epoch that the weights are from.
    ///   - training: how the classifier was trained.
    ///   - calibration: the calibration of its probabilities.
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

    /// Reads a description; what an older one does not have is as it was then.
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

    /// Whether the network is made in another way than the number of classes and the size of images determine.
    package var hasOptions: Bool { options != Self.complete(nil, classes: classes, preprocessing) }
}
