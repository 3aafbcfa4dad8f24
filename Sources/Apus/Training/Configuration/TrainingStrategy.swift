internal import Classifier

/// Epochs in which the same parts are trained.
struct TrainingPhase: Equatable {
    /// From 1.
    let epochs: ClosedRange<Int>
    /// `frozen`, `last` or `all`.
    package let strategy: TrainingStrategy
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
                .invalidConfiguration, name: "strategy", value: self,
                "a fresh network can't be trained with the strategy '\(self)': its frozen part would stay random",
                advice: "use `strategy = .all`, or start from pretrained weights")
        case .gradual(let headEpochs):
            guard headEpochs < epochs else {
                throw ApusError(
                    .invalidConfiguration, name: "strategy", value: self,
                    "the strategy '\(self)' leaves no epoch of \(epochs) for the whole network",
                    advice: "give \(headEpochs + 1) epochs or more")
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
