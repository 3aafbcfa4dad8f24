/// What a line of a run's log tells.
public enum LogEvent: Sendable, Equatable {
    /// What is about to be trained on what.
    case started(LogStart)
    /// A run that was broken off goes on.
    case resumed
    /// What the last few steps came to.
    case step(StepSummary)
    /// An epoch is done.
    case epoch(EpochMetrics, isBest: Bool)
    /// What the user should know.
    case note(String)
    /// A picture could not be read: its name, and why.
    case unreadable(name: String, reason: String)
    /// What the curves tell.
    case diagnosis(Finding)
    /// The run ended before its last epoch: why.
    case stopped(reason: String)
    /// The run is done; the figures of the best epoch.
    case finished(EpochMetrics)
}

/// What a run begins with, as its log tells.
public struct LogStart: Sendable, Codable, Equatable {
    /// Where the pictures lie.
    public var data: String
    /// The network and its weights.
    public var model: String
    /// Which parts are trained.
    public var strategy: String
    /// What stands after the network's features.
    public var head: String
    /// The names of the classes.
    public var classes: [String]
    /// Whether a picture may have several of them.
    public var isMultiLabel: Bool
    /// How many pictures there are to learn from, and to validate with.
    public var trainingPictures: Int, validationPictures: Int
    /// How many parameters are trained, and how many there are.
    public var trainableParameters: Int, parameters: Int
    /// How many epochs are planned, and the steps of each.
    public var epochs: Int, stepsPerEpoch: Int
    /// Where it computes.
    public var device: String

    /// What a run begins with.
    public init(
        data: String, model: String, strategy: String, head: String, classes: [String], isMultiLabel: Bool,
        trainingPictures: Int, validationPictures: Int, trainableParameters: Int, parameters: Int, epochs: Int,
        stepsPerEpoch: Int, device: String
    ) {
        self.data = data
        self.model = model
        self.strategy = strategy
        self.head = head
        self.classes = classes
        self.isMultiLabel = isMultiLabel
        self.trainingPictures = trainingPictures
        self.validationPictures = validationPictures
        self.trainableParameters = trainableParameters
        self.parameters = parameters
        self.epochs = epochs
        self.stepsPerEpoch = stepsPerEpoch
        self.device = device
    }
}
