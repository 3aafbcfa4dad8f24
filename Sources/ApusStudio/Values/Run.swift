internal import StudioProject

/// A training run, as the page shows it.
struct Run: Sendable, Encodable {
    /// The states of a run.
    enum State: String, Sendable, Codable {
        /// A process trains it.
        case training
        /// A process trains it, and was asked to stop.
        case stopping
        /// It was stopped, and can be resumed.
        case stopped
        /// Its process ended without a word: a crash, or the machine was turned off. It can be resumed.
        case interrupted
        case finished
        /// An error ended it. `message` is the reason.
        case failed

        /// Whether a process works on it.
        var isLive: Bool { self == .training || self == .stopping }
    }

    let name: String
    var state: State
    /// The current epoch from 1, or the last one; 0 before the first.
    var epoch = 0
    var epochs = 0
    /// The progress of the whole run, from 0 to 1.
    var progress = 0.0
    @OrNull var secondsLeft: Double? = nil
    /// The validation accuracy and the validation loss of the best epoch.
    @OrNull var accuracy: Double? = nil
    @OrNull var loss: Double? = nil
    /// The network and its weights.
    var network = ""
    /// The time when it began (ISO 8601).
    var created = ""
    /// The reason of a failure, or what it does before the first step.
    @OrNull var message: String? = nil
    /// Whether it has a model.
    var hasModel = false
    /// The number of training images.
    var images = 0
    /// The accuracy of its evaluation, if there was one.
    @OrNull var evaluated: Fraction? = nil
    /// The photos of that evaluation: `test`, or `val` if no test photo has a label.
    @OrNull var evaluatedSplit: Split? = nil
}

/// A run with its curves and its settings.
struct RunDetails: Encodable, Sendable {
    struct Epoch: Encodable, Sendable {
        let epoch: Int
        let trainingLoss, trainingAccuracy, validationLoss, validationAccuracy, learningRate: Double
    }
    struct Step: Encodable, Sendable {
        let step: Int
        let loss, accuracy: Double
    }
    struct Curves: Encodable, Sendable {
        let epochs: [Epoch]
        let steps: [Step]
        let stepsPerEpoch: Int
    }
    struct Diagnosis: Encodable, Sendable {
        /// The kind of finding, for which the page has words in other languages.
        let kind: String
        /// `good`, `note` or `warning`.
        let level: String
        let text: String
        @OrNull var advice: String? = nil
    }
    struct Setting: Encodable, Sendable {
        let key: String
        let value: String
    }

    let run: Run
    let curves: Curves
    let diagnosis: [Diagnosis]
    let settings: [Setting]
    /// The command that trains the run.
    let command: String

    private enum CodingKeys: String, CodingKey { case curves, diagnosis, settings, command }

    /// Writes the properties of the run next to the others.
    func encode(to encoder: any Encoder) throws {
        try run.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(curves, forKey: .curves)
        try container.encode(diagnosis, forKey: .diagnosis)
        try container.encode(settings, forKey: .settings)
        try container.encode(command, forKey: .command)
    }
}

/// What the studio itself knows about a run, kept in the project's settings.
struct RunFacts: Sendable, Codable {
    /// How the process of the run ended: `stopped`, `interrupted` or `failed`, with the reason.
    struct End: Sendable, Codable {
        let state: Run.State
        var message: String?
        /// The time in seconds since 1970.
        var time: Double?
    }

    /// The time when the run began, in seconds since 1970.
    var created: Double?
    /// The time when its process was started, in seconds since 1970.
    var started: Double?
    /// The estimate of its duration in seconds.
    var seconds: Double?
    /// The number of training images.
    var images: Int?
    /// The classes of the project when the run began, by name. They may have other names since.
    var classIDs: [String: Int]?
    /// The end of its last process; nil while it trains, and if the studio did not see it.
    var end: End?
    /// The accuracy of its evaluation.
    var evaluated: Fraction?
    /// The photos of that evaluation.
    var evaluatedSplit: Split?
}
