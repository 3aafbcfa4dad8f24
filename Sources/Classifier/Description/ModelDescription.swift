internal import Foundation
public import Images

/// The description of a classifier: everything except its weights.
public struct ModelDescription: Sendable, Equatable {
    /// The name of the network in `Architecture`.
    public var architecture: String
    /// The description of a custom network; nil for networks in `Architecture` and for networks that a program defines.
    public var network: NetworkDescription?
    /// The options of the network.
    public var options: NetworkOptions
    /// The names of the classes, in the order of the network's outputs.
    public var classes: [String]
    /// The names of the classes for people, in the same order, such as `fire lily` for the class `21`;
    /// nil if there are none.
    public var displayNames: [String]?
    /// Whether the classifier is multi-label.
    public var isMultiLabel: Bool
    /// The preprocessing of images in training, evaluation and prediction.
    public var preprocessing: Preprocessing
    /// The metrics of the epoch of the weights; nil for weights that Apus did not train.
    public var metrics: EpochMetrics?
    /// How the classifier was trained; nil for published weights.
    public var training: TrainingSummary?
    /// The calibration of the probabilities; nil for the uncalibrated softmax.
    public var calibration: ModelCalibration?

    /// Creates a description.
    ///
    /// - Parameters:
    ///   - architecture: the name of the network.
    ///   - network: the description of a custom network; nil for any other.
    ///   - options: the options of the network. Their classes and image size are derived from the other parameters.
    ///   - classes: the names of the classes, in the order of the outputs.
    ///   - displayNames: the names of the classes for people, in the same order; nil for none.
    ///   - isMultiLabel: whether the classifier is multi-label.
    ///   - preprocessing: the preprocessing of images.
    ///   - metrics: the metrics of the epoch of the weights.
    ///   - training: how the classifier was trained.
    ///   - calibration: the calibration of its probabilities.
    public init(
        architecture: String, network: NetworkDescription? = nil, options: NetworkOptions? = nil, classes: [String],
        displayNames: [String]? = nil, isMultiLabel: Bool = false, preprocessing: Preprocessing,
        metrics: EpochMetrics? = nil, training: TrainingSummary? = nil, calibration: ModelCalibration? = nil
    ) {
        self.architecture = architecture
        self.network = network
        self.options = Self.complete(options, classes: classes, preprocessing)
        self.classes = classes
        self.displayNames = displayNames
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
        case architecture, network, options, classes, displayNames, isMultiLabel, preprocessing, metrics, training
        case calibration
    }

    /// Decodes a description. Missing properties of older versions have their former values.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            architecture: try container.decode(String.self, forKey: .architecture),
            network: try container.decodeIfPresent(NetworkDescription.self, forKey: .network),
            options: try container.decodeIfPresent(NetworkOptions.self, forKey: .options),
            classes: try container.decode([String].self, forKey: .classes),
            displayNames: try container.decodeIfPresent([String].self, forKey: .displayNames),
            isMultiLabel: try container.decodeIfPresent(Bool.self, forKey: .isMultiLabel) ?? false,
            preprocessing: try container.decode(Preprocessing.self, forKey: .preprocessing),
            metrics: try container.decodeIfPresent(EpochMetrics.self, forKey: .metrics),
            training: try container.decodeIfPresent(TrainingSummary.self, forKey: .training),
            calibration: try container.decodeIfPresent(ModelCalibration.self, forKey: .calibration))
        guard displayNames.map({ $0.count == classes.count }) ?? true else {
            throw DecodingError.dataCorruptedError(
                forKey: .displayNames, in: container,
                debugDescription: "there are \(displayNames?.count ?? 0) display names for \(classes.count) classes")
        }
    }

    /// Encodes a description. Default options are left out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(architecture, forKey: .architecture)
        try container.encodeIfPresent(network, forKey: .network)
        if hasOptions { try container.encode(options, forKey: .options) }
        try container.encode(classes, forKey: .classes)
        try container.encodeIfPresent(displayNames, forKey: .displayNames)
        if isMultiLabel { try container.encode(isMultiLabel, forKey: .isMultiLabel) }
        try container.encode(preprocessing, forKey: .preprocessing)
        try container.encodeIfPresent(metrics, forKey: .metrics)
        try container.encodeIfPresent(training, forKey: .training)
        try container.encodeIfPresent(calibration, forKey: .calibration)
    }

    /// Returns the name of a class for people: its display name, or the name of the class if there is none.
    ///
    /// - Parameter index: the index of the class, from 0.
    public func displayName(of index: Int) -> String {
        guard let displayNames, displayNames.indices.contains(index) else { return classes[index] }
        return displayNames[index]
    }

    /// A display name for each class; nil if there are none.
    package var allDisplayNames: [String]? { displayNames.map { _ in classes.indices.map(displayName) } }

    /// Whether the network has options other than the number of classes and the image size.
    package var hasOptions: Bool { options != Self.complete(nil, classes: classes, preprocessing) }
}

/// The calibration of a classifier's probabilities, found on validation images and stored in the model file.
public struct ModelCalibration: Sendable, Codable, Equatable {
    /// The temperature, by which logits are divided before the softmax: above 1 for an overconfident network, 1 if the
    /// images did not determine it.
    ///
    /// C. Guo et al.: On Calibration of Modern Neural Networks, 2017, arXiv:1706.04599.
    public let temperature: Double
    /// The rejection threshold: images with a lower probability are unknown. Nil for no threshold.
    public let unknownThreshold: Double?
    /// The requested fraction of validation images that reach the threshold.
    public let coverage: Double?
    /// The number of images for calibration.
    public let images: Int

    /// Creates a calibration.
    ///
    /// - Throws: `ApusError` for a temperature that is not positive, or a threshold that is not a probability.
    public init(
        temperature: Double, unknownThreshold: Double? = nil, coverage: Double? = nil, images: Int
    ) throws(ApusError) {
        guard temperature > 0, temperature.isFinite else {
            throw ApusError(
                .invalidConfiguration, name: "temperature", value: temperature,
                "a temperature of \(temperature) is not possible", advice: "use a number above 0")
        }
        if let unknownThreshold, !(0...1).contains(unknownThreshold) {
            throw ApusError(
                .invalidConfiguration, name: "unknownThreshold", value: unknownThreshold,
                "a threshold of \(unknownThreshold) is not a probability", advice: "use a number from 0 to 1")
        }
        self.temperature = temperature
        self.unknownThreshold = unknownThreshold
        self.coverage = coverage
        self.images = images
    }

    /// Reads a calibration from a model file.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            temperature: container.decode(Double.self, forKey: .temperature),
            unknownThreshold: container.decodeIfPresent(Double.self, forKey: .unknownThreshold),
            coverage: container.decodeIfPresent(Double.self, forKey: .coverage),
            images: container.decode(Int.self, forKey: .images))
    }

    /// Returns whether an image with this probability is rejected as unknown.
    func isUnknown(_ probability: Double) -> Bool { unknownThreshold.map { probability < $0 } ?? false }
}
