/// How the learning rate goes over a run.
///
/// In text, as a run's configuration has it, a word and its numbers: `step:7,0.1`, `cosine`, `plateau:3`; see
/// `init(_:)`. In the formulas a₀ is the initial rate; e counts epochs and s optimiser steps, both from 0 and from the end
/// of the warm-up on; E and S are how many there are then. The constant, `step`, `multiStep`, `exponential`, `decay`,
/// `inverse` and `plateau` change between epochs, as the tutorials have it; `cosine`, `oneCycle` and `polynomial` with
/// every step.
public enum Schedule: Hashable, Sendable {
    /// a₀ throughout.
    case constant
    /// a₀ · factor^⌊e / every⌋, as `torch.optim.lr_scheduler.StepLR`.
    case step(every: Int, factor: Double = 0.1)
    /// a₀ · factor^(milestones reached), as `MultiStepLR`. The milestones are epochs, rising.
    case multiStep(milestones: [Int], factor: Double = 0.1)
    /// a₀ · factor^e, as `ExponentialLR`.
    case exponential(factor: Double)
    /// a₀ · e^(-k e), the exponential decay of textbooks, which is `exponential` with a factor of e^-k.
    case decay(rate: Double)
    /// a₀ / (1 + k e), inverse time decay.
    case inverse(rate: Double)
    /// minimum + (a₀ - minimum) · (1 + cos(π s / S)) / 2, as `CosineAnnealingLR` stepped S times.
    ///
    /// I. Loshchilov, F. Hutter: SGDR, 2016, arXiv:1608.03983.
    case cosine(minimum: Double = 0)
    /// Up to a₀, then down to almost nothing, with the momentum the other way round, as `OneCycleLR`.
    case oneCycle(OneCycle = OneCycle())
    /// a₀ · (1 - s / S)^power, as `PolynomialLR`.
    case polynomial(power: Double = 1)
    /// Times a factor when the validation loss has not fallen for some epochs, as `ReduceLROnPlateau`.
    case plateau(Plateau = Plateau())

    /// The numbers of a one-cycle schedule; PyTorch's by default.
    ///
    /// L. N. Smith, N. Topin: Super-Convergence, 2017, arXiv:1708.07120.
    public struct OneCycle: Hashable, Sendable {
        /// The share of the steps in which the rate rises (`pct_start`).
        public var rise: Double
        /// The first rate is a₀ divided by this (`div_factor`).
        public var divisor: Double
        /// The last rate is the first one divided by this (`final_div_factor`).
        public var finalDivisor: Double
        /// The momentum, or the first of two betas, at the highest rate (`base_momentum`).
        public var lowMomentum: Double
        /// The same at the first and the last (`max_momentum`).
        public var highMomentum: Double

        /// Makes the numbers.
        public init(
            rise: Double = 0.3, divisor: Double = 25, finalDivisor: Double = 1e4, lowMomentum: Double = 0.85,
            highMomentum: Double = 0.95
        ) {
            (self.rise, self.divisor, self.finalDivisor) = (rise, divisor, finalDivisor)
            (self.lowMomentum, self.highMomentum) = (lowMomentum, highMomentum)
        }
    }

    /// The numbers of a schedule that waits for the validation loss; PyTorch's by default.
    public struct Plateau: Hashable, Sendable {
        /// How many epochs without improvement are borne; the rate falls after one more.
        public var patience: Int
        /// What the rate is multiplied by, below 1.
        public var factor: Double
        /// The share by which a loss must be below the best one to be an improvement.
        public var threshold: Double
        /// How many epochs after a fall are not counted.
        public var cooldown: Int
        /// The lowest rate.
        public var minimum: Double

        /// Makes the numbers.
        public init(
            patience: Int = 10, factor: Double = 0.1, threshold: Double = 1e-4, cooldown: Int = 0, minimum: Double = 0
        ) {
            (self.patience, self.factor, self.threshold) = (patience, factor, threshold)
            (self.cooldown, self.minimum) = (cooldown, minimum)
        }
    }
}
