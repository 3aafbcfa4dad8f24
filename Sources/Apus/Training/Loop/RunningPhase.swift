internal import Torch
internal import TorchNN
internal import TorchVision

/// A phase under way: its optimiser, its learning rate, its pictures.
@TensorActor
final class RunningPhase {
    let phase: TrainingPhase
    let optimizer: any Optimizer
    let sources: LearningSources
    var learningRate: LearningRate
    private let accumulation: Int
    private let optimizerSteps: Int

    init(
        _ phase: TrainingPhase, _ configuration: TrainingConfiguration, _ network: any ImageNetwork,
        _ sources: LearningSources, stepsPerEpoch: Int
    ) {
        (self.phase, self.sources, accumulation) = (phase, sources, configuration.accumulation)
        optimizer = configuration.makeOptimizer(for: network)
        optimizerSteps = (stepsPerEpoch + accumulation - 1) / accumulation
        learningRate = LearningRate(
            configuration.schedule, initial: configuration.learningRate * phase.rateFactor,
            warmUpEpochs: configuration.warmUpEpochs, epochs: phase.epochs.count, stepsPerEpoch: optimizerSteps)
    }

    /// The learning rate of the step that a batch, counted from 0, is part of.
    func rate(epoch: Int, batch: Int) -> Double { learningRate.rate(step: step(epoch, batch)) }

    /// The momentum of that step, where the schedule moves it.
    func momentum(epoch: Int, batch: Int) -> Double? { learningRate.momentum(step: step(epoch, batch)) }

    private func step(_ epoch: Int, _ batch: Int) -> Int {
        (epoch - phase.epochs.lowerBound) * optimizerSteps + batch / accumulation
    }
}

/// Counts the batches whose gradients make up a step.
@TensorActor
struct StepCounter {
    let batches: Int
    let batchSize: Int
    let pictures: Int
    let accumulation: Int
    /// The number of the last batch whose gradient waits for its step.
    private var last: Int?

    init(batches: Int, batchSize: Int, pictures: Int, accumulation: Int) {
        (self.batches, self.batchSize, self.pictures, self.accumulation) = (batches, batchSize, pictures, accumulation)
    }

    /// Whether gradients wait for their step.
    var isUnderWay: Bool { last != nil }

    /// Whether a batch belongs to a later step than the gradients that wait: those between could not be read.
    func isLate(for batch: Int) -> Bool { last.map { $0 / accumulation != batch / accumulation } ?? false }

    /// How much of its step a batch makes, by its pictures.
    func share(of batch: LearningBatch) -> Double {
        guard accumulation > 1 else { return 1 }
        let first = batch.number / accumulation * accumulation * batchSize
        let whole = min(first + accumulation * batchSize, pictures) - first
        return Double(batch.pictures.count) / Double(max(1, whole))
    }

    /// Counts a batch. True where its step is complete.
    mutating func add(_ batch: Int) -> Bool {
        last = batch
        return (batch + 1).isMultiple(of: accumulation) || batch + 1 == batches
    }

    /// Ends the step.
    ///
    /// - Returns: how many batches are done.
    mutating func endStep() -> Int {
        defer { last = nil }
        guard let last else { return 0 }
        return min((last / accumulation + 1) * accumulation, batches)
    }
}
