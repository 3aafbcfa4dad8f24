/// What a policy chooses from: kinds of operations, in torchvision's order, each with its magnitudes.
struct AugmentationSpace: Sendable, Hashable {
    /// How strong an operation can be.
    enum Magnitudes: Sendable, Hashable {
        /// There is but one strength.
        case none
        /// From the first to the last in equal steps.
        case steps(from: Double, to: Double)
        /// Bits that are kept: this many, and in equal steps down to `fewer` less.
        case bits(Int, fewer: Int)
    }

    /// A kind of operation and how strong it can be.
    struct Choice: Sendable, Hashable {
        let kind: AugmentationKind
        let magnitudes: Magnitudes
    }

    /// In torchvision's order.
    let choices: [Choice]

    /// How many magnitudes there are: at least two.
    let bins: Int

    init(bins: Int, _ choices: [(AugmentationKind, Magnitudes)]) {
        self.bins = bins
        self.choices = choices.map { Choice(kind: $0.0, magnitudes: $0.1) }
    }

    /// The magnitude of a level, 0 up to `bins`, without its sign.
    func magnitude(of choice: Choice, level: Int) -> Double {
        switch choice.magnitudes {
        case .none:
            return 0
        case .steps(let from, let to):
            // `torch.linspace`: both halves count from their own end, in single precision, products and sums fused.
            let (first, last) = (Float(from), Float(to))
            let step = (last - first) / Float(bins - 1)
            let isFirstHalf = level < bins / 2
            return Double(
                isFirstHalf
                    ? first.addingProduct(step, Float(level)) : last.addingProduct(-step, Float(bins - 1 - level)))
        case .bits(let bits, let fewer):
            let steps = Float(level) / Float(Double(bins - 1) / Double(fewer))
            return Double(bits - Int(steps.rounded(.toNearestOrEven)))
        }
    }

    /// The operation of a choice and a level; with a magnitude that goes both ways `isNegative` shows which.
    func operation(_ choice: Choice, level: Int, isNegative: Bool) -> AugmentationOperation {
        let magnitude = magnitude(of: choice, level: level)
        return choice.kind.operation(magnitude: choice.kind.isSigned && isNegative ? -magnitude : magnitude)
    }

    /// The choice of this kind.
    subscript(kind: AugmentationKind) -> Choice? {
        choices.first { $0.kind == kind }
    }

    /// Draws one of the choices, each with the same chance, then its level, then, where there is one, its sign.
    func draw(using random: inout CountedRandom, level: (inout CountedRandom) -> Int) -> AugmentationOperation {
        let choice = choices[random.uniform(below: choices.count)]
        let level = choice.magnitudes == .none ? 0 : level(&random)
        let isNegative = choice.kind.isSigned && random.coin()
        return operation(choice, level: level, isNegative: isNegative)
    }
}
