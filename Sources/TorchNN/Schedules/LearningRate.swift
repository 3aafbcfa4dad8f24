internal import Foundation

/// The learning rate of a run, step by step.
///
/// But for `plateau`, the rate is a function of the step alone, so a resumed run cannot lose its place; what `plateau`
/// has seen is in `memory`.
///
/// A warm-up comes in front: from a hundredth of the schedule's first rate the rate rises in equal parts with every step,
/// and the schedule then begins with its epoch 0 and has what is left of the run. So do torchvision's references it,
/// `SequentialLR` of `LinearLR(start_factor: 0.01)` and the schedule. A part of an epoch does not shift the schedules that
/// change between epochs.
public struct LearningRate: Sendable {
    /// The share of the first rate that a warm-up begins with.
    public static let warmUpStart = 0.01

    /// How the rate goes.
    public let schedule: Schedule
    /// a₀: the first rate, with `oneCycle` the highest.
    public let initial: Double
    /// The steps of the warm-up.
    public let warmUpSteps: Int
    /// What `plateau` has seen.
    public var memory: Memory

    private let warmUpEpochs: Int
    private let stepsPerEpoch: Int
    /// The steps after the warm-up.
    private let steps: Int

    /// What is to be saved with a run, and set again when it is resumed.
    public struct Memory: Sendable, Hashable, Codable {
        /// How many epochs have ended.
        public var epochs = 0
        /// The rate that the plateaus have left; nil before the first one.
        public var rate: Double?
        /// The best validation loss; nil before the first one that is a number.
        public var best: Double?
        /// How many epochs went by without improvement.
        public var badEpochs = 0
        /// How many epochs more are not counted.
        public var cooldown = 0

        /// The memory of a run that begins.
        public init() {}
    }

    /// Makes the rate of a run.
    ///
    /// - Parameters:
    ///   - schedule: how it goes.
    ///   - initial: a₀: the first rate after the warm-up; with `oneCycle` the highest.
    ///   - warmUpEpochs: epochs, or parts of one, in which the rate rises. Longer than the run, it is cut short by its end.
    ///   - epochs: how long the run is, the warm-up included.
    ///   - stepsPerEpoch: the optimiser's steps in each.
    public init(
        _ schedule: Schedule, initial: Double, warmUpEpochs: Double = 0, epochs: Int, stepsPerEpoch: Int
    ) {
        precondition(warmUpEpochs >= 0, "a warm-up of \(warmUpEpochs) epochs")
        (self.schedule, self.initial) = (schedule, initial)
        self.stepsPerEpoch = max(1, stepsPerEpoch)
        self.warmUpEpochs = Int(warmUpEpochs)
        warmUpSteps = Int((warmUpEpochs * Double(self.stepsPerEpoch)).rounded())
        steps = max(1, epochs * self.stepsPerEpoch - warmUpSteps)
        memory = Memory()
    }

    /// The rate of a step, counted over the whole run from 0. With `plateau` it is that of the present epoch, whichever
    /// step is asked for.
    public func rate(step: Int) -> Double {
        guard step < warmUpSteps else {
            return scheduled(epoch: max(0, step / stepsPerEpoch - warmUpEpochs), step: step - warmUpSteps)
        }
        let share = Self.warmUpStart + (1 - Self.warmUpStart) * Double(step) / Double(warmUpSteps)
        return scheduled(epoch: 0, step: 0) * share
    }

    /// The momentum, or the first of two betas, of a step; nil where the schedule leaves it alone.
    public func momentum(step: Int) -> Double? {
        guard case .oneCycle(let cycle) = schedule else { return nil }
        return cycle.value(
            at: max(0, step - warmUpSteps), of: steps, first: cycle.highMomentum, peak: cycle.lowMomentum,
            last: cycle.highMomentum)
    }

    /// Takes note of an epoch that has ended. Only `plateau` looks at the loss; NaN is no improvement. An epoch of the
    /// warm-up is not looked at.
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
        // PyTorch's `eps`: a fall by less is none.
        if rate - lower > 1e-8 { memory.rate = lower }
    }

    /// The rate without a warm-up.
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
    /// Along half a cosine from `first` to `peak` and along another to `last`.
    ///
    /// The rise ends at step `rise` · `steps` - 1, which need not be whole, and in short runs is not there.
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
