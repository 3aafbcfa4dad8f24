/// Mirrors left to right with a given chance: torchvision's `RandomHorizontalFlip`.
public struct RandomHorizontalFlip: GeometricTransform, Hashable {
    /// The chance, from 0 to 1.
    public let probability: Double

    /// A flip with this chance.
    public init(probability: Double = 0.5) {
        precondition((0...1).contains(probability), "A chance lies between 0 and 1.")
        self.probability = probability
    }

    /// Draws whether to mirror.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> Bool {
        random.uniform() < probability
    }

    /// Adds this step to an image that is yet to be drawn.
    public func apply(_ parameters: Bool, to rendering: inout ImageRendering) {
        if parameters { rendering.mirror() }
    }
}

/// Turns upside down, row by row, with a given chance: torchvision's `RandomVerticalFlip`.
public struct RandomVerticalFlip: GeometricTransform, Hashable {
    /// The chance, from 0 to 1.
    public let probability: Double

    /// A flip with this chance.
    public init(probability: Double = 0.5) {
        precondition((0...1).contains(probability), "A chance lies between 0 and 1.")
        self.probability = probability
    }

    /// Draws whether to flip.
    public func parameters(width: Int, height: Int, using random: inout CountedRandom) -> Bool {
        random.chance(probability)
    }

    /// Adds this step to an image that is yet to be drawn.
    public func apply(_ parameters: Bool, to rendering: inout ImageRendering) {
        if parameters { rendering.flipVertically() }
    }
}
