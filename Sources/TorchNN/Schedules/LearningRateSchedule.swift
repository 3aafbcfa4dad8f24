internal import Foundation

/// The learning rate as a function of the epoch. A schedule has no state, so a resumed run cannot lose its place.
public protocol LearningRateSchedule: Sendable {
    /// The rate in an epoch, counted from 0, for a run that began with `initial`.
    func rate(initial: Double, epoch: Int) -> Double
}

/// The same rate throughout.
public struct ConstantLR: LearningRateSchedule {
    /// Makes the schedule.
    public init() {}
    /// The initial rate.
    public func rate(initial: Double, epoch: Int) -> Double { initial }
}

/// The rate times `gamma` after every `stepSize` epochs, as `torch.optim.lr_scheduler.StepLR`.
public struct StepLR: LearningRateSchedule {
    /// Epochs between two changes.
    public let stepSize: Int
    /// What a change multiplies the rate by.
    public let gamma: Double

    /// Makes the schedule.
    public init(stepSize: Int, gamma: Double = 0.1) {
        precondition(stepSize > 0, "a step of \(stepSize) epochs")
        (self.stepSize, self.gamma) = (stepSize, gamma)
    }

    /// initial · gamma^⌊epoch / stepSize⌋.
    public func rate(initial: Double, epoch: Int) -> Double { initial * pow(gamma, Double(epoch / stepSize)) }
}
