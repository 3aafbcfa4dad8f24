public import Classifier

/// A line of a run's log: an event, its step, and its time.
///
/// As JSON it is one flat object: `event` names the event; its values are next to `step` and `time`.
public struct LogRecord: Sendable, Equatable {
    /// The number of steps of the whole run so far.
    public let step: Int
    /// The time in seconds since 1970; nil if equal runs should write equal logs.
    public let time: Double?
    /// The event.
    public let event: LogEvent

    /// Creates a line.
    public init(_ event: LogEvent, step: Int, time: Double? = nil) {
        self.event = event
        self.step = step
        self.time = time
    }
}

extension LogRecord: Codable {
    private enum Name: String, Codable {
        case started, initial, resumed, step, epoch, note, unreadable, diagnosis, stopped, finished
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
            case .initial: .initial(try InitialMetrics(from: decoder))
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
        case .initial(let metrics): try metrics.encode(to: encoder)
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
        case .initial: .initial
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

/// An event in a run's log.
public enum LogEvent: Sendable, Equatable {
    /// The run begins.
    case started(LogStart)
    /// The metrics of the validation images before training.
    case initial(InitialMetrics)
    /// The run resumes after an interruption.
    case resumed
    /// The metrics of the last few steps.
    case step(StepSummary)
    /// An epoch has ended.
    case epoch(EpochMetrics, isBest: Bool)
    /// A note or a warning for the user.
    case note(String)
    /// An image could not be read: its name and the reason.
    case unreadable(name: String, reason: String)
    /// A finding of the diagnosis.
    case diagnosis(Finding)
    /// The run ended before its last epoch, with the reason.
    case stopped(reason: String)
    /// The run has ended, with the metrics of the best epoch.
    case finished(EpochMetrics)
}

/// The data and the network of a run, in its log.
public struct LogStart: Sendable, Codable, Equatable {
    /// The path of the data.
    public var data: String
    /// The network and its weights.
    public var model: String
    /// The part of the network that is trained.
    public var strategy: String
    /// The layers after the network's features.
    public var head: String
    /// The names of the classes.
    public var classes: [String]
    /// Whether the data is multi-label.
    public var isMultiLabel: Bool
    /// The number of training images, and of validation images.
    public var trainingImages: Int, validationImages: Int
    /// The number of trained parameters, and of all parameters.
    public var trainableParameters: Int, parameters: Int
    /// The number of epochs, and of steps per epoch.
    public var epochs: Int, stepsPerEpoch: Int
    /// The device.
    public var device: String
    /// The name of the processor or the GPU; nil in logs of versions before 0.2, and if it is unknown.
    public var processor: String?

    /// Creates the first event of a log.
    public init(
        data: String, model: String, strategy: String, head: String, classes: [String], isMultiLabel: Bool,
        trainingImages: Int, validationImages: Int, trainableParameters: Int, parameters: Int, epochs: Int,
        stepsPerEpoch: Int, device: String, processor: String? = nil
    ) {
        self.data = data
        self.model = model
        self.strategy = strategy
        self.head = head
        self.classes = classes
        self.isMultiLabel = isMultiLabel
        self.trainingImages = trainingImages
        self.validationImages = validationImages
        self.trainableParameters = trainableParameters
        self.parameters = parameters
        self.epochs = epochs
        self.stepsPerEpoch = stepsPerEpoch
        self.device = device
        self.processor = processor
    }
}

extension LogStart {
    /// Creates the first event of a log from a plan.
    init(_ plan: TrainingPlan) {
        self.init(
            data: plan.data, model: plan.model,
            strategy: plan.phases.map { "\($0.strategy)" }.joined(separator: ", then "), head: "\(plan.head)",
            classes: plan.classes, isMultiLabel: plan.isMultiLabel, trainingImages: plan.trainingImages,
            validationImages: plan.validationImages,
            trainableParameters: plan.trainableParameters, parameters: plan.parameters, epochs: plan.epochs,
            stepsPerEpoch: plan.stepsPerEpoch, device: plan.device, processor: plan.processor)
    }
}
