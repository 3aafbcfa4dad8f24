/// Which parts of a network are trained.
public enum TrainingStrategy: Sendable, Codable, Equatable, CustomStringConvertible {
    /// Chosen by the number of pictures: few train the head, more the last stages, many everything.
    case auto
    /// The head alone: the network serves as a fixed feature extractor. For few pictures.
    case frozen
    /// The last so many stages, the head among them. For a medium number of pictures.
    case last(Int)
    /// Everything. For many pictures, at a lower learning rate.
    case all
    /// The head alone for so many epochs, then everything at a tenth of the rate, as fastai's `fine_tune` does.
    case gradual(headEpochs: Int)

    /// Reads `auto`, `frozen`, `last:2`, `all`, `gradual`, `gradual:2`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let count = parts.count == 2 ? Int(parts[1]) : nil
        switch (String(parts.first ?? ""), parts.count) {
        case ("auto", 1): self = .auto
        case ("frozen", 1): self = .frozen
        case ("all", 1): self = .all
        case ("gradual", 1): self = .gradual(headEpochs: 1)
        case ("last", 2):
            guard let count, count >= 1 else { return nil }
            self = .last(count)
        case ("gradual", 2):
            guard let count, count >= 1 else { return nil }
            self = .gradual(headEpochs: count)
        default: return nil
        }
    }

    /// `frozen`, `last:2`, `all`, `gradual:1`.
    public var description: String {
        switch self {
        case .auto: "auto"
        case .frozen: "frozen"
        case .last(let count): "last:\(count)"
        case .all: "all"
        case .gradual(let count): "gradual:\(count)"
        }
    }

    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let strategy = TrainingStrategy(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no strategy is called '\(text)'")
        }
        self = strategy
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Epochs in which the same parts are trained.
struct TrainingPhase: Equatable {
    /// From 1.
    let epochs: ClosedRange<Int>
    /// `frozen`, `last` or `all`.
    let strategy: TrainingStrategy
    /// What the run's learning rate is multiplied by.
    var rateFactor = 1.0
}

extension TrainingStrategy {
    /// How much slower layers that are trained already go on.
    private static let fineTuningRate = 0.1

    /// The strategy's phases in so many epochs.
    ///
    /// - Parameters:
    ///   - pictures: how many there are to learn from; `auto` chooses by it.
    ///   - isFresh: whether the network begins with random weights, of which none may be frozen.
    /// - Returns: the phases, and why they were chosen where that was not asked for.
    func phases(epochs: Int, pictures: Int, isFresh: Bool) throws(ApusError) -> (phases: [TrainingPhase], why: String?)
    {
        let whole = 1...epochs
        switch self {
        case .auto where isFresh: return ([TrainingPhase(epochs: whole, strategy: .all)], nil)
        case .auto:
            let (strategy, amount): (TrainingStrategy, String) =
                switch pictures {
                case ..<5_000: (.frozen, "are few (below 5,000)")
                case ..<50_000: (.last(2), "are a medium number (5,000 to 50,000)")
                default: (.all, "are many (50,000 or more)")
                }
            let factor = strategy == .frozen ? 1 : Self.fineTuningRate
            let rate = factor == 1 ? "" : ", at a tenth of the learning rate"
            return (
                [TrainingPhase(epochs: whole, strategy: strategy, rateFactor: factor)],
                "strategy \(strategy)\(rate), since \(pictures) pictures \(amount)"
            )
        case .all: return ([TrainingPhase(epochs: whole, strategy: .all)], nil)
        case _ where isFresh:
            throw ApusError(
                "a fresh network can't be trained with the strategy '\(self)': its frozen part would stay random; use "
                    + "'all', or start from pretrained weights")
        case .gradual(let headEpochs):
            guard headEpochs < epochs else {
                throw ApusError(
                    "the strategy '\(self)' leaves no epoch of \(epochs) for the whole network; give \(headEpochs + 1) "
                        + "epochs or more")
            }
            return (
                [
                    TrainingPhase(epochs: 1...headEpochs, strategy: .frozen),
                    TrainingPhase(epochs: (headEpochs + 1)...epochs, strategy: .all, rateFactor: Self.fineTuningRate),
                ], nil
            )
        case .frozen, .last: return ([TrainingPhase(epochs: whole, strategy: self)], nil)
        }
    }
}
