/// Spreads each channel's values evenly with a given chance: torchvision's `RandomEqualize`.
public struct RandomEqualize: OccasionalColorTransform, Hashable {
    /// The chance, from 0 to 1.
    public let probability: Double

    /// A change with this chance.
    public init(probability: Double = 0.5) {
        self.probability = checkedProbability(probability)
    }

    /// What is done then.
    public var operation: ColorOperation { .equalize }
}
