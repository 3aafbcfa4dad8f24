public import Classifier
public import Images
internal import Platform
public import TorchVision

/// The events of a training run.
public enum TrainingEvent: Sendable {
    /// A file of published weights is being downloaded.
    case downloading(FileProgress)
    /// The data is open and the network is ready.
    case started(TrainingPlan)
    /// The engine for the frozen part is ready.
    case engine(EngineReport)
    /// Features are being cached: the number of images so far, and the total.
    case extracting(done: Int, total: Int)
    /// The validation images are evaluated before training (`output.validatesFirst`).
    case initialValidation(InitialMetrics)
    /// An epoch begins: its number from 1, and the learning rate of its first step.
    case epochStarted(Int, learningRate: Double)
    /// A step has ended.
    case step(TrainingProgress)
    /// The metrics of the last batches (`output.printEvery`).
    case batches(BatchMetrics)
    /// An epoch is being validated: the number of images so far, and the total.
    case validating(done: Int, total: Int)
    /// An epoch has ended and its model is saved.
    case epochEnded(EpochMetrics, isBest: Bool)
    /// A note for the user.
    case note(String)
    /// An image could not be read. It is left out, and reported once.
    case unreadable(SampleFailure)
    /// A warning, which the user should see even in quiet mode.
    case warning(String)

    /// Whether the event reports progress. A slow reader may miss such events, but no others.
    public var isProgress: Bool {
        switch self {
        case .downloading, .extracting, .step, .validating: true
        default: false
        }
    }
}

/// Receives the progress of a download. An error that it throws ends the download.
typealias DownloadReport = @Sendable (FileProgress) throws -> Void

extension EventChannel<TrainingEvent> {
    /// Sends the progress of downloads.
    var download: DownloadReport {
        { progress in
            self.send(.downloading(progress))
            try self.checkCancellation()
        }
    }
}

/// The progress of an epoch.
public struct TrainingProgress: Sendable {
    /// The epoch, from 1.
    public let epoch: Int
    /// The step within the epoch, from 1, and the number of steps.
    public let step: Int, steps: Int
    /// The number of images so far in this epoch, and the total.
    public let images: Int, totalImages: Int
    /// The mean loss and accuracy of the epoch so far.
    public let loss: Double, accuracy: Double
    /// The learning rate of the step.
    public let learningRate: Double
}

/// The metrics of the validation images before training: epoch 0.
public struct InitialMetrics: Sendable, Codable, Equatable {
    /// The validation loss.
    public let validationLoss: Double
    /// The validation accuracy; for multi-label data the fraction of correct labels.
    public let validationAccuracy: Double
    /// The validation mean average precision; nil for single-label data.
    public let validationMeanAveragePrecision: Double?
}

/// The metrics of some batches of an epoch: of `output.printEvery`, or of those that are left at the end of the epoch.
public struct BatchMetrics: Sendable, Equatable {
    /// The epoch, from 1.
    public let epoch: Int
    /// The last of the batches, from 1, and the number of batches in an epoch.
    public let batch: Int, batches: Int
    /// The number of images in these batches.
    public let images: Int
    /// The mean loss and accuracy of these images. The network changes from batch to batch.
    public let loss: Double, accuracy: Double
    /// The learning rate of the last step.
    public let learningRate: Double
    /// The time that these batches took.
    public let duration: Duration
}
