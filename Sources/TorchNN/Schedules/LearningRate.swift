internal import Foundation

/// The learning rate of each step of a run.
///
/// Except for `plateau`, the rate is a function of the step only, so a resumed run continues exactly. The state of
/// `plateau` is in `memory`.
///
/// A warm-up comes first: the rate rises linearly, step by step, from a hundredth of the schedule's first rate. The
/// schedule then starts with its epoch 0 and covers the rest of the run. This equals `SequentialLR` of
/// `LinearLR(start_factor: 0.01)` and the schedule, as in torchvision's references. A fractional epoch of warm-up does
/// not shift schedules that change between epochs.
public struct LearningRate: Sendable {
    /// The fraction of the first rate at which a warm-up starts.
    public static let warmUpStart = 0.01

    /// The schedule.
    public let schedule: Schedule
    /// The first rate, a₀; with `oneCycle` the highest.
    public let initial: Double
    /// The number of warm-up steps.
    public let warmUpSteps: Int
    /// The state of `plateau`.
    public var memory: Memory

    private let warmUpEpochs: Int
    private let stepsPerEpoch: Int
    /// The number of steps after the warm-up.
    private let steps: Int

    /// The state to save with a run and to restore when it is resumed.
    public struct Memory: Sendable, Hashable, Codable {
        /// The number of completed epochs.
        public var epochs = 0
        /// The rate after the plateaus so far; nil before the first one.
        public var rate: Double?
        /// The best validation loss; nil before the first one that is not NaN.
        public var best: Double?
        /// The number of epochs without improvement.
        public var badEpochs = 0
        /// The number of cooldown epochs left.
        public var cooldown = 0

        /// Creates the memory of a new run.
        public init() {}
    }

    /// Creates the rate of a run.
    ///
    /// - Parameters:
    ///   - schedule: The schedule.
    ///   - initial: The first rate a₀ after the warm-up; with `oneCycle` the highest.
    ///   - warmUpEpochs: The length of the warm-up in epochs, possibly fractional. It ends with the run at the latest.
    ///   - epochs: The length of the run, including the warm-up.
    ///   - stepsPerEpoch: The number of optimizer steps per epoch.
    public init(
        _ schedule: Schedule, initial: Double, warmUpEpochs: Double = 0, epochs: Int, stepsPerEpoch: Int
    ) {
        precondition(warmUpEpochs >= 0, "the warm-up of \(warmUpEpochs) epochs is negative")
        (self.schedule, self.initial) = (schedule, initial)
        self.stepsPerEpoch = max(1, stepsPerEpoch)
        self.warmUpEpochs = Int(warmUpEpochs)
        warmUpSteps = Int((warmUpEpochs * Double(self.stepsPerEpoch)).rounded())
        steps = max(1, epochs * self.stepsPerEpoch - warmUpSteps)
        memory = Memory()
    }

    /// The rate of a step, counted over the whole run from 0. With `plateau` it is that of the current epoch for any
    /// step.
    public func rate(step: Int) -> Double {
        guard step < warmUpSteps else {
            return scheduled(epoch: max(0, step / stepsPerEpoch - warmUpEpochs), step: step - warmUpSteps)
        }
        let share = Self.warmUpStart + (1 - Self.warmUpStart) * Double(step) / Double(warmUpSteps)
        return scheduled(epoch: 0, step: 0) * share
    }

    /// The momentum, or the first of two betas, of a step; nil if the schedule does not change it.
    public func momentum(step: Int) -> Double? {
        guard case .oneCycle(let cycle) = schedule else { return nil }
        return cycle.value(
            at: max(0, step - warmUpSteps), of: steps, first: cycle.highMomentum, peak: cycle.lowMomentum,
            last: cycle.highMomentum)
    }

    /// Records a completed epoch. Only `plateau` uses the loss; NaN is not an improvement. Epochs of the warm-up are
    /// ignored.
    public mutating func epochEnded(validationLoss: Double) {
        memory.epochs += 1
        guard case .plateau(let plateau) = schedule, memory.epochs * stepsPerEpoch > warmUpSteps else { return }
        if validationLoss < (memory.best ?? .infinity) * (1 - plateau.threshold) {
            memory.best = validationLoss
            memory.badEpochs = 0
        } else {
            memory.badEpochs += 1
        }
        if memory.cooldown > 0 {
            memory.cooldown -= 1
            memory.badEpochs = 0
        }
        guard memory.badEpochs > plateau.patience else { return }
        memory.cooldown = plateau.cooldown
        memory.badEpochs = 0
        let rate = memory.rate ?? initial
        let lower = max(rate * plateau.factor, plateau.minimum)
        // PyTorch's `eps`: a smaller decrease is ignored.
        if rate - lower > 1e-8 { memory.rate = lower }
    }

    /// The rate without warm-up.
    private func scheduled(epoch: Int, step: Int) -> Double {
        let share = Double(min(step, steps)) / Double(steps)
        return switch schedule {
        case .constant: initial
        case .step(let every, let factor): initial * pow(factor, Double(epoch / max(1, every)))
        case .multiStep(let milestones, let factor):
            initial * pow(factor, Double(milestones.count { $0 <= epoch }))
        case .exponential(let factor): initial * pow(factor, Double(epoch))
        case .decay(let rate): initial * exp(-rate * Double(epoch))
        case .inverse(let rate): initial / (1 + rate * Double(epoch))
        case .cosine(let minimum): minimum + (initial - minimum) * (1 + cos(.pi * share)) / 2
        case .oneCycle(let cycle):
            cycle.value(
                at: step, of: steps, first: initial / cycle.divisor, peak: initial,
                last: initial / cycle.divisor / cycle.finalDivisor)
        case .polynomial(let power): initial * pow(1 - share, power)
        case .plateau: memory.rate ?? initial
        }
    }
}

extension Schedule.OneCycle {
    /// Follows half a cosine from `first` to `peak` and another from there to `last`.
    ///
    /// The rise ends at step `rise` · `steps` - 1, which need not be an integer. Short runs have no rise.
    fileprivate func value(at step: Int, of steps: Int, first: Double, peak: Double, last: Double) -> Double {
        let turn = rise * Double(steps) - 1
        let end = Double(steps - 1)
        let step = min(Double(step), end)
        // A phase without length is at its end.
        func between(_ start: Double, _ finish: Double, from low: Double, to high: Double) -> Double {
            let share = high > low ? (step - low) / (high - low) : 1
            return finish + (start - finish) / 2 * (cos(.pi * share) + 1)
        }
        return step <= turn ? between(first, peak, from: 0, to: turn) : between(peak, last, from: turn, to: end)
    }
}
