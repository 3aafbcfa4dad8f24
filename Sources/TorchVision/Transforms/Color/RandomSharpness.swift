/// Sharpens or smooths with a given chance: torchvision's `RandomAdjustSharpness`.
public struct RandomSharpness: OccasionalColorTransform, Hashable {
    /// 0 smooths, 1 changes nothing, 2 sharpens twice as much.
    public let factor: Double

    /// The chance, from 0 to 1.
    public let probability: Double

    /// A sharpness of this factor, with this chance.
    public init(factor: Double, probability: Double = 0.5) {
        precondition(factor >= 0 && factor.isFinite, "A factor is at least 0 and finite, not \(factor).")
        self.factor = factor
        self.probability = checkedProbability(probability)
    }

    /// What is done then.
    public var operation: ColorOperation { .sharpness(factor) }
}
