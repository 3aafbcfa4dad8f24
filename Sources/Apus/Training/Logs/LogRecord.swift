public import Classifier

/// A line of a run's log: an event, after how many steps it happened, and when.
///
/// As JSON it is one flat object: `event` names the event, whose figures stand beside `step` and `time`.
public struct LogRecord: Sendable, Equatable {
    /// How many steps of the whole run had been made.
    public let step: Int
    /// When, in seconds since 1970; nil in a log that equal runs are to write equally.
    public let time: Double?
    /// What happened.
    public let event: LogEvent

    /// A line of its parts.
    public init(_ event: LogEvent, step: Int, time: Double? = nil) {
        self.event = event
        self.step = step
        self.time = time
    }
}

extension LogRecord: Codable {
    private enum Name: String, Codable {
        case started, resumed, step, epoch, note, unreadable, diagnosis, stopped, finished
    }

    private enum Key: String, CodingKey {
        case event, step, time, isBest, text, name, reason
    }

    /// Reads the flat object.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        step = try container.decode(Int.self, forKey: .step)
        time = try container.decodeIfPresent(Double.self, forKey: .time)
        event =
            switch try container.decode(Name.self, forKey: .event) {
            case .started: .started(try LogStart(from: decoder))
            case .resumed: .resumed
            case .step: .step(try StepSummary(from: decoder))
            case .epoch:
                .epoch(try EpochMetrics(from: decoder), isBest: try container.decode(Bool.self, forKey: .isBest))
            case .note: .note(try container.decode(String.self, forKey: .text))
            case .unreadable:
                .unreadable(
                    name: try container.decode(String.self, forKey: .name),
                    reason: try container.decode(String.self, forKey: .reason))
            case .diagnosis: .diagnosis(try Finding(from: decoder))
            case .stopped: .stopped(reason: try container.decode(String.self, forKey: .reason))
            case .finished: .finished(try EpochMetrics(from: decoder))
            }
    }

    /// Writes the flat object.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .event)
        try container.encode(step, forKey: .step)
        try container.encodeIfPresent(time, forKey: .time)
        switch event {
        case .started(let start): try start.encode(to: encoder)
        case .resumed: break
        case .step(let summary): try summary.encode(to: encoder)
        case .epoch(let metrics, let isBest):
            try metrics.encode(to: encoder)
            try container.encode(isBest, forKey: .isBest)
        case .note(let text): try container.encode(text, forKey: .text)
        case .unreadable(let name, let reason):
            try container.encode(name, forKey: .name)
            try container.encode(reason, forKey: .reason)
        case .diagnosis(let finding): try finding.encode(to: encoder)
        case .stopped(let reason): try container.encode(reason, forKey: .reason)
        case .finished(let metrics): try metrics.encode(to: encoder)
        }
    }

    private var name: Name {
        switch event {
        case .started: .started
        case .resumed: .resumed
        case .step: .step
        case .epoch: .epoch
        case .note: .note
        case .unreadable: .unreadable
        case .diagnosis: .diagnosis
        case .stopped: .stopped
        case .finished: .finished
        }
    }
}

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

extension LogStart {
    /// What a plan says.
    init(_ plan: TrainingPlan) {
        self.init(
            data: plan.data, model: plan.model,
            strategy: plan.phases.map { "\($0.strategy)" }.joined(separator: ", then "), head: "\(plan.head)",
            classes: plan.classes, isMultiLabel: plan.isMultiLabel, trainingPictures: plan.trainingPictures,
            validationPictures: plan.validationPictures,
            trainableParameters: plan.trainableParameters, parameters: plan.parameters, epochs: plan.epochs,
            stepsPerEpoch: plan.stepsPerEpoch, device: plan.device)
    }
}
