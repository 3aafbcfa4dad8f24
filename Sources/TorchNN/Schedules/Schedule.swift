/// The learning rate schedule of a run.
///
/// The text form, as in a run's configuration, is a word and its numbers: `step:7,0.1`, `cosine`, `plateau:3`; see
/// `init(_:)`. In the formulas, a₀ is the initial rate; e is the epoch and s the optimizer step, both counted from 0
/// after the warm-up; E and S are their totals. `constant`, `step`, `multiStep`, `exponential`, `decay`, `inverse` and
/// `plateau` change between epochs; `cosine`, `oneCycle` and `polynomial` change with every step.
public enum Schedule: Hashable, Sendable {
    /// A constant rate a₀.
    case constant
    /// a₀ · factor^⌊e / every⌋, as `torch.optim.lr_scheduler.StepLR`.
    case step(every: Int, factor: Double = 0.1)
    /// a₀ · factor^(milestones reached), as `MultiStepLR`. The milestones are epochs in ascending order.
    case multiStep(milestones: [Int], factor: Double = 0.1)
    /// a₀ · factor^e, as `ExponentialLR`.
    case exponential(factor: Double)
    /// a₀ · e^(-k e), exponential decay, which is `exponential` with a factor of e^-k.
    case decay(rate: Double)
    /// a₀ / (1 + k e), inverse time decay.
    case inverse(rate: Double)
    /// minimum + (a₀ - minimum) · (1 + cos(π s / S)) / 2, as `CosineAnnealingLR` stepped S times.
    ///
    /// I. Loshchilov, F. Hutter: SGDR, 2016, arXiv:1608.03983.
    case cosine(minimum: Double = 0)
    /// Rises to a₀, then falls to almost zero, with the momentum in the opposite direction, as `OneCycleLR`.
    case oneCycle(OneCycle = OneCycle())
    /// a₀ · (1 - s / S)^power, as `PolynomialLR`.
    case polynomial(power: Double = 1)
    /// Multiplies the rate by a factor if the validation loss has not decreased for some epochs, as
    /// `ReduceLROnPlateau`.
    case plateau(Plateau = Plateau())

    /// The values of a one-cycle schedule; PyTorch's by default.
    ///
    /// L. N. Smith, N. Topin: Super-Convergence, 2017, arXiv:1708.07120.
    public struct OneCycle: Hashable, Sendable {
        /// The fraction of the steps in which the rate rises (`pct_start`).
        public var rise: Double
        /// The divisor of a₀ that gives the first rate (`div_factor`).
        public var divisor: Double
        /// The divisor of the first rate that gives the last rate (`final_div_factor`).
        public var finalDivisor: Double
        /// The momentum, or the first of two betas, at the highest rate (`base_momentum`).
        public var lowMomentum: Double
        /// The momentum at the first and last rate (`max_momentum`).
        public var highMomentum: Double

        /// Creates the values.
        public init(
            rise: Double = 0.3, divisor: Double = 25, finalDivisor: Double = 1e4, lowMomentum: Double = 0.85,
            highMomentum: Double = 0.95
        ) {
            (self.rise, self.divisor, self.finalDivisor) = (rise, divisor, finalDivisor)
            (self.lowMomentum, self.highMomentum) = (lowMomentum, highMomentum)
        }
    }

    /// The values of a schedule that reacts to the validation loss; PyTorch's by default.
    public struct Plateau: Hashable, Sendable {
        /// The number of epochs without improvement that are tolerated. The rate falls after one more.
        public var patience: Int
        /// The factor of the rate, below 1.
        public var factor: Double
        /// The fraction by which a loss must be below the best one to be an improvement.
        public var threshold: Double
        /// The number of epochs after a reduction that are ignored.
        public var cooldown: Int
        /// The minimum rate.
        public var minimum: Double

        /// Creates the values.
        public init(
            patience: Int = 10, factor: Double = 0.1, threshold: Double = 1e-4, cooldown: Int = 0, minimum: Double = 0
        ) {
            (self.patience, self.factor, self.threshold) = (patience, factor, threshold)
            (self.cooldown, self.minimum) = (cooldown, minimum)
        }
    }
}
