/// Makes a picture grey with a given chance: torchvision's `RandomGrayscale`.
public struct RandomGrayscale: OccasionalColorTransform, Hashable {
    /// The chance, from 0 to 1.
    public let probability: Double

    /// A change with this chance.
    public init(probability: Double = 0.1) {
        self.probability = checkedProbability(probability)
    }

    /// What is done then.
    public var operation: ColorOperation { .grayscale }
}
