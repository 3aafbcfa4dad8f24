internal import Torch
internal import TorchNN
internal import TorchVision

/// A phase under way: its optimiser and its learning rate.
@TensorActor
final class RunningPhase {
    let phase: TrainingPhase
    let optimizer: any Optimizer
    var learningRate: LearningRate
    private let accumulation: Int
    private let optimizerSteps: Int

    /// Lets the phase's part of the network train, and nothing else.
    init(_ phase: TrainingPhase, of setup: TrainingSetup) throws {
        let configuration = setup.configuration
        (self.phase, accumulation) = (phase, configuration.accumulation)
        try setup.prepared.freeze(phase.strategy)
        optimizer = configuration.makeOptimizer(for: setup.network)
        optimizerSteps = (setup.plan.stepsPerEpoch + accumulation - 1) / accumulation
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
    /// The number, from 0, of the step that gradients wait for.
    private var step: Int?
    /// How many images these gradients come from, and how many batches are done with them.
    private var (waiting, done) = (0, 0)

    /// - Parameters:
    ///   - batches: how many an epoch has.
    ///   - pictures: how many images these hold.
    init(batches: Int, batchSize: Int, pictures: Int, accumulation: Int) {
        (self.batches, self.batchSize, self.pictures, self.accumulation) = (batches, batchSize, pictures, accumulation)
    }

    /// Whether gradients wait for their step.
    var isUnderWay: Bool { step != nil }

    /// Whether a batch belongs to a later step than the gradients that wait: those between could not be read.
    func isLate(for batch: LearningBatch) -> Bool { step.map { $0 != batch.number / accumulation } ?? false }

    /// How much of its step a batch makes, by its pictures.
    func share(of batch: LearningBatch) -> Double {
        guard accumulation > 1 else { return 1 }
        return Double(batch.pictures.count) / Double(planned(batch.number / accumulation))
    }

    /// What the gradients that wait are to be multiplied by, so that they are the mean over the images that could be
    /// read: 1 where all could.
    var correction: Double {
        guard accumulation > 1, let step, waiting > 0 else { return 1 }
        return Double(planned(step)) / Double(waiting)
    }

    /// How many images a step has where all can be read.
    private func planned(_ step: Int) -> Int {
        let (first, next) = (step * accumulation, (step + 1) * accumulation)
        return max(1, (next >= batches ? pictures : next * batchSize) - first * batchSize)
    }

    /// Counts a batch. True where its step is complete.
    mutating func add(_ batch: LearningBatch) -> Bool {
        let step = step ?? batch.number / accumulation
        self.step = step
        waiting += batch.pictures.count
        done = batch.lastNumber + 1
        return done >= min((step + 1) * accumulation, batches)
    }

    /// Ends the step.
    ///
    /// - Returns: how many batches are done.
    mutating func endStep() -> Int {
        defer { (step, waiting) = (nil, 0) }
        guard let step else { return 0 }
        return min(max((step + 1) * accumulation, done), batches)
    }
}

/// The sums of an epoch, kept on the device until they are read: reading waits for a CUDA device.
@TensorActor
struct RunningSums {
    private(set) var pictures: Int
    private var loss: Tensor
    private var correct: Tensor

    init(_ sums: EpochSums, on device: Device) throws {
        pictures = sums.pictures
        loss = try Tensor([sums.loss]).to(device)
        correct = try Tensor([sums.correct]).to(device)
    }

    /// Adds a batch: the mean of its losses, and its hits, both scalars.
    mutating func add(meanLoss: Tensor, hits: Tensor, pictures count: Int) throws {
        try withoutGradient {
            loss = try loss + meanLoss.detach().to(.float64) * Double(count)
            correct = try correct + hits
        }
        pictures += count
    }

    func read() throws -> EpochSums {
        EpochSums(loss: try loss.item(), correct: try correct.item(), pictures: pictures)
    }
}

extension EpochSums {
    /// The means over the pictures.
    var meanLoss: Double { loss / Double(max(1, pictures)) }
    var accuracy: Double { correct / Double(max(1, pictures)) }
}
