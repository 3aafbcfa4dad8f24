internal import Inference

/// The rules by which steps are made.
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
public enum BestMetric: String, Sendable, Codable, CaseIterable {
    /// The validation accuracy; of equal ones, the lower loss. For images of several classes the mean average
    /// precision.
    case accuracy
    /// The validation loss.
    case loss
}

/// The metrics of an epoch.
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
    /// The loss on the validation images after the epoch.
    public let validationLoss: Double
    /// The same of the validation images after the epoch.
    public let validationAccuracy: Double
    /// The mean average precision on the validation images, where an image may have several labels; nil otherwise.
    public package(set) var validationMeanAveragePrecision: Double?

    package init(
        epoch: Int, learningRate: Double, trainingLoss: Double, trainingAccuracy: Double, validationLoss: Double,
        validationAccuracy: Double, validationMeanAveragePrecision: Double? = nil
    ) {
        self.epoch = epoch
        self.learningRate = learningRate
        self.trainingLoss = trainingLoss
        self.trainingAccuracy = trainingAccuracy
        self.validationLoss = validationLoss
        self.validationAccuracy = validationAccuracy
        self.validationMeanAveragePrecision = validationMeanAveragePrecision
    }

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
    package func isBetter(than other: EpochMetrics, by metric: BestMetric = .accuracy) -> Bool {
        switch metric {
        case .accuracy: (validationScore, -validationLoss) > (other.validationScore, -other.validationLoss)
        case .loss: validationLoss < other.validationLoss
        }
    }
}
