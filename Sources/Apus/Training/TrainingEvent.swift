public import Classifier
public import Images
internal import Platform
public import TorchVision

/// What a training run tells while it runs.
public enum TrainingEvent: Sendable {
    /// A file of published weights is fetched: its name, the bytes received so far, and their total where it is known.
    case downloading(file: String, received: Int, total: Int?)
    /// The data is open and the network is ready.
    case started(TrainingPlan)
    /// An engine is ready that computes the frozen part.
    case engine(EngineReport)
    /// Some of the features that are kept are computed: pictures so far, and in all.
    case extracting(done: Int, total: Int)
    /// An epoch begins: its number from 1, and the learning rate of its first step.
    case epochStarted(Int, learningRate: Double)
    /// A step is done.
    case step(TrainingProgress)
    /// Some of an epoch's validation is done: pictures so far, and in all.
    case validating(done: Int, total: Int)
    /// An epoch is done and its model is saved.
    case epochEnded(EpochMetrics, isBest: Bool)
    /// What the user should know of the run's progress.
    case note(String)
    /// A picture could not be read. It is left out, and told once.
    case unreadable(SampleFailure)
    /// Something that the user must know, whatever else is silenced.
    case warning(String)

    /// Whether the event reports how far the work is. A slow reader may miss such events, and no others.
    public var isProgress: Bool {
        switch self {
        case .downloading, .extracting, .step, .validating: true
        default: false
        }
    }
}

/// Takes the progress of a download, from another thread: the file, the bytes received, and their total where it is known.
typealias DownloadReport = @Sendable (_ file: String, _ received: Int, _ total: Int?) -> Void

extension EventChannel<TrainingEvent> {
    /// Sends the progress of downloads.
    var download: DownloadReport {
        { self.send(.downloading(file: $0, received: $1, total: $2)) }
    }
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
    /// The learning rate of the step.
    public let learningRate: Double
}

/// The figures of one epoch.
