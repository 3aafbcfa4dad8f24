/// Keeps each channel's highest bits with a given chance: torchvision's `RandomPosterize`.
public struct RandomPosterize: OccasionalColorTransform, Hashable {
    /// How many bits are kept, 0 to 8. At 0 the picture is black, where Pillow refuses.
    public let bits: Int

    /// The chance, from 0 to 1.
    public let probability: Double

    /// So many bits are kept, with this chance.
    public init(bits: Int, probability: Double = 0.5) {
        precondition((0...8).contains(bits), "A channel keeps 0 to 8 bits, not \(bits).")
        self.bits = bits
        self.probability = checkedProbability(probability)
    }

    /// What is done then.
    public var operation: ColorOperation { .posterize(bits: bits) }
}
