internal import Inference

/// The optimizers.
public enum OptimizerKind: String, Sendable, Codable, CaseIterable {
    case adam
    case adamw
    case sgd
    case rmsprop
    case adagrad
    case lion
    case lamb
}

/// The criterion for the best epoch.
public enum BestMetric: Sendable, Codable, Equatable, LosslessStringConvertible {
    /// The validation accuracy, or the mean average precision for multi-label data. For equal values, the lower loss.
    case accuracy
    /// The validation loss.
    case loss
    /// The highest value of a custom metric. For equal values, the lower loss.
    case highest(String)
    /// The lowest value of a custom metric. For equal values, the lower loss.
    case lowest(String)

    /// The name of the custom metric.
    package var customName: String? {
        switch self {
        case .accuracy, .loss: nil
        case .highest(let name), .lowest(let name): name
        }
    }

    /// Reads `accuracy`, `loss`, `highest:NAME` and `lowest:NAME`.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (parts.first, parts.count) {
        case ("accuracy", 1): self = .accuracy
        case ("loss", 1): self = .loss
        case ("highest", 2): self = .highest(parts[1])
        case ("lowest", 2): self = .lowest(parts[1])
        default: return nil
        }
    }

    /// The text form.
    public var description: String {
        switch self {
        case .accuracy: "accuracy"
        case .loss: "loss"
        case .highest(let name): "highest:\(name)"
        case .lowest(let name): "lowest:\(name)"
        }
    }

    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let metric = BestMetric(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no metric is called '\(text)'")
        }
        self = metric
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// The metrics of an epoch.
public struct EpochMetrics: Sendable, Codable, Equatable {
    /// The epoch, from 1.
    public let epoch: Int
    /// The learning rate of the last step.
    public let learningRate: Double
    /// The mean training loss of the steps, without auxiliary heads. The network changes during the epoch.
    public let trainingLoss: Double
    /// The training accuracy of the steps; for multi-label data the fraction of labels that are correct at a threshold
    /// of 0.5.
    public let trainingAccuracy: Double
    /// The validation loss after the epoch.
    public let validationLoss: Double
    /// The validation accuracy after the epoch.
    public let validationAccuracy: Double
    /// The validation mean average precision after the epoch; nil for single-label data.
    public package(set) var validationMeanAveragePrecision: Double?
    /// The values of custom metrics by name; nil without custom metrics.
    public let custom: [String: Double]?

    package init(
        epoch: Int, learningRate: Double, trainingLoss: Double, trainingAccuracy: Double, validationLoss: Double,
        validationAccuracy: Double, validationMeanAveragePrecision: Double? = nil, custom: [String: Double]? = nil
    ) {
        self.epoch = epoch
        self.learningRate = learningRate
        self.trainingLoss = trainingLoss
        self.trainingAccuracy = trainingAccuracy
        self.validationLoss = validationLoss
        self.validationAccuracy = validationAccuracy
        self.validationMeanAveragePrecision = validationMeanAveragePrecision
        self.custom = custom
    }

    /// The score for comparing epochs: the mean average precision for multi-label data, otherwise the accuracy.
    package var validationScore: Double { validationMeanAveragePrecision ?? validationAccuracy }

    /// Returns the name of `validationScore`.
    package static func scoreName(isMultiLabel: Bool) -> String {
        isMultiLabel ? "mean average precision" : "accuracy"
    }

    /// Returns the name of `trainingAccuracy` and `validationAccuracy`.
    package static func accuracyName(isMultiLabel: Bool) -> String {
        isMultiLabel ? "label accuracy" : "accuracy"
    }

    /// Returns whether the metric is better, or equal with a lower loss.
    package func isBetter(than other: EpochMetrics, by metric: BestMetric = .accuracy) -> Bool {
        func value(_ epoch: EpochMetrics) -> Double {
            switch metric {
            case .accuracy: epoch.validationScore
            case .loss: -epoch.validationLoss
            case .highest(let name): epoch.custom?[name] ?? -.infinity
            case .lowest(let name): -(epoch.custom?[name] ?? .infinity)
            }
        }
        return (value(self), -validationLoss) > (value(other), -other.validationLoss)
    }
}
