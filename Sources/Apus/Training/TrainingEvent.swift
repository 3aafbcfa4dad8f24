public import Classifier
public import Images
internal import Platform
public import TorchVision

/// The events of a training run.
public enum TrainingEvent: Sendable {
    /// A file of published weights is being downloaded: its name, the bytes received so far, and their total if it is
    /// known.
    case downloading(file: String, received: Int, total: Int?)
    /// The data is open and the network is ready.
    case started(TrainingPlan)
    /// The engine for the frozen part is ready.
    case engine(EngineReport)
    /// Features are being cached: the number of images so far, and the total.
    case extracting(done: Int, total: Int)
    /// An epoch begins: its number from 1, and the learning rate of its first step.
    case epochStarted(Int, learningRate: Double)
    /// A step has ended.
    case step(TrainingProgress)
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

/// Receives the progress of a download on another thread: the file, the bytes received, and their total if it is known.
typealias DownloadReport = @Sendable (_ file: String, _ received: Int, _ total: Int?) -> Void

extension EventChannel<TrainingEvent> {
    /// Sends the progress of downloads.
    var download: DownloadReport {
        { self.send(.downloading(file: $0, received: $1, total: $2)) }
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
