/// Inverts each channel that is at least a threshold, with a given chance: torchvision's `RandomSolarize`.
public struct RandomSolarize: OccasionalColorTransform, Hashable {
    /// The lowest value that is inverted, of 0 to 255.
    public let threshold: Double

    /// The chance, from 0 to 1.
    public let probability: Double

    /// Values from the threshold on are inverted, with this chance.
    public init(threshold: Double, probability: Double = 0.5) {
        precondition(threshold.isFinite, "A threshold is a number, not \(threshold).")
        self.threshold = threshold
        self.probability = checkedProbability(probability)
    }

    /// What is done then.
    public var operation: ColorOperation { .solarize(threshold: threshold) }
}
