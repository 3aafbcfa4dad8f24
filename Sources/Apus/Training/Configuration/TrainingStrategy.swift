internal import Classifier

/// Epochs in which the same part of the network is trained.
struct TrainingPhase: Equatable {
    /// The epochs, from 1.
    let epochs: ClosedRange<Int>
    /// `frozen`, `last` or `all`.
    package let strategy: TrainingStrategy
    /// The factor of the run's learning rate.
    var rateFactor = 1.0
}

extension TrainingStrategy {
    /// The factor of the learning rate of pretrained layers.
    private static let fineTuningRate = 0.1

    /// Returns the phases of the strategy.
    ///
    /// - Parameters:
    ///   - epochs: The number of epochs.
    ///   - images: The number of training images, by which `auto` chooses.
    ///   - isFresh: Whether the initial weights are random. They can't be frozen.
    /// - Returns: The phases, and the reason of the choice if the strategy is `auto`.
    func phases(epochs: Int, images: Int, isFresh: Bool) throws(ApusError) -> (phases: [TrainingPhase], why: String?) {
        let whole = 1...epochs
        switch self {
        case .auto where isFresh: return ([TrainingPhase(epochs: whole, strategy: .all)], nil)
        case .auto:
            let (strategy, amount): (TrainingStrategy, String) =
                switch images {
                case ..<5_000: (.frozen, "are few (below 5,000)")
                case ..<50_000: (.last(2), "are a medium number (5,000 to 50,000)")
                default: (.all, "are many (50,000 or more)")
                }
            let factor = strategy == .frozen ? 1 : Self.fineTuningRate
            let rate = factor == 1 ? "" : ", at a tenth of the learning rate"
            return (
                [TrainingPhase(epochs: whole, strategy: strategy, rateFactor: factor)],
                "strategy \(strategy)\(rate), because \(images) images \(amount)"
            )
        case .all: return ([TrainingPhase(epochs: whole, strategy: .all)], nil)
        case _ where isFresh:
            throw ApusError(
                .invalidConfiguration, name: "network.strategy", value: self,
                "a network with random weights can't be trained with the strategy '\(self)': its frozen layers would stay random",
                advice: "use `network.strategy = .all`, or start from pretrained weights")
        case .gradual(let headEpochs):
            guard headEpochs < epochs else {
                throw ApusError(
                    .invalidConfiguration, name: "network.strategy", value: self,
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
