internal import Torch
internal import TorchDistributed
internal import TorchNN
internal import TorchVision

/// The current phase: its optimizer and its learning rate.
@TensorActor
final class RunningPhase {
    let phase: TrainingPhase
    let optimizer: any Optimizer
    var learningRate: LearningRate
    /// Averages gradients over the processes; nil for one process.
    let parallel: DistributedDataParallel?
    private let accumulation: Int
    private let optimizerSteps: Int

    /// Begins a phase: unfreezes its part of the network and freezes the rest.
    init(_ phase: TrainingPhase, of setup: TrainingSetup) throws {
        let settings = setup.configuration.optimizer
        (self.phase, accumulation) = (phase, settings.gradientAccumulationSteps)
        try setup.prepared.freeze(phase.strategy)
        optimizer = settings.makeOptimizer(for: setup.network)
        parallel = try setup.team.group.map { group in
            try DistributedDataParallel(
                setup.network.namedParameters.filter(\.tensor.requiresGradient), of: group,
                findsUnusedParameters: setup.reference.architecture.isOwn,
                compression: setup.configuration.compute.gradientCompression)
        }
        optimizerSteps = settings.steps(ofBatches: setup.plan.stepsPerEpoch)
        learningRate = LearningRate(
            settings.schedule, initial: settings.learningRate * phase.rateFactor,
            warmUpEpochs: settings.warmUpEpochs, epochs: phase.epochs.count, stepsPerEpoch: optimizerSteps)
    }

    /// Computes the gradients of a loss, which is scaled for the average over the processes.
    func backward(_ loss: Tensor) throws {
        if let parallel { try parallel.backward(loss) } else { try loss.backward() }
    }

    /// Returns the learning rate of the step of a batch, counted from 0.
    func rate(epoch: Int, batch: Int) -> Double { learningRate.rate(step: step(epoch, batch)) }

    /// Returns the momentum of that step; nil if the schedule does not change it.
    func momentum(epoch: Int, batch: Int) -> Double? { learningRate.momentum(step: step(epoch, batch)) }

    private func step(_ epoch: Int, _ batch: Int) -> Int {
        (epoch - phase.epochs.lowerBound) * optimizerSteps + batch / accumulation
    }
}

/// Counts the batches whose gradients make a step.
@TensorActor
struct StepCounter {
    let batches: Int
    let batchSize: Int
    let images: Int
    let accumulation: Int
    /// The number, from 0, of the incomplete step; nil if there is none.
    private var step: Int?
    /// The number of images of the incomplete step so far, and of batches that are done after it.
    private var (waiting, done) = (0, 0)

    /// - Parameters:
    ///   - batches: The number of batches in an epoch.
    ///   - images: The number of their images.
    init(batches: Int, batchSize: Int, images: Int, accumulation: Int) {
        (self.batches, self.batchSize, self.images, self.accumulation) = (batches, batchSize, images, accumulation)
    }

    /// Whether a step is incomplete.
    var isUnderWay: Bool { step != nil }

    /// Returns whether a batch belongs to a later step than the incomplete one, because no image between them could be
    /// read.
    func isLate(for batch: LearningBatch) -> Bool { step.map { $0 != batch.number / accumulation } ?? false }

    /// Returns the fraction of its step that a batch makes, by its images.
    ///
    /// - Parameter images: The number of its images in all processes; nil for those that it has.
    func fraction(of batch: LearningBatch, images: Int? = nil) -> Double {
        guard accumulation > 1 else { return 1 }
        return Double(images ?? batch.images.count) / Double(planned(batch.number / accumulation))
    }

    /// The factor that makes the gradients the mean over the readable images: 1 if all images could be read.
    var correction: Double {
        guard accumulation > 1, let step, waiting > 0 else { return 1 }
        return Double(planned(step)) / Double(waiting)
    }

    /// Returns the number of images of a step if all can be read.
    private func planned(_ step: Int) -> Int {
        let (first, next) = (step * accumulation, (step + 1) * accumulation)
        return max(1, (next >= batches ? images : next * batchSize) - first * batchSize)
    }

    /// Whether the step has images.
    var hasImages: Bool { waiting > 0 }

    /// Returns whether a batch completes its step.
    func isLast(_ batch: LearningBatch) -> Bool {
        batch.lastNumber + 1 >= min(((step ?? batch.number / accumulation) + 1) * accumulation, batches)
    }

    /// Counts a batch. Returns whether its step is complete.
    ///
    /// - Parameter images: The number of its images in all processes; nil for those that it has.
    mutating func add(_ batch: LearningBatch, images: Int? = nil) -> Bool {
        let isLast = isLast(batch)
        step = step ?? batch.number / accumulation
        waiting += images ?? batch.images.count
        done = batch.lastNumber + 1
        return isLast
    }

    /// Ends the step.
    ///
    /// - Returns: The number of batches that are done.
    mutating func endStep() -> Int {
        defer { (step, waiting) = (nil, 0) }
        guard let step else { return 0 }
        return min(max((step + 1) * accumulation, done), batches)
    }
}

/// The sums of an epoch. They stay on the device until they are read, because reading waits for CUDA.
@TensorActor
struct RunningSums {
    private(set) var images: Int
    private var loss: Tensor
    private var correct: Tensor

    init(_ sums: EpochSums, on device: Device) throws {
        images = sums.images
        loss = try Tensor([sums.loss]).to(device)
        correct = try Tensor([sums.correct]).to(device)
    }

    /// Adds the mean loss and the hits of a batch, both scalars.
    mutating func add(meanLoss: Tensor, hits: Tensor, images count: Int) throws {
        try withoutGradient {
            loss = try loss + meanLoss.detach().to(.float64) * Double(count)
            correct = try correct + hits
        }
        images += count
    }

    func read() throws -> EpochSums {
        EpochSums(loss: try loss.item(), correct: try correct.item(), images: images)
    }
}

extension EpochSums {
    /// The mean over the images.
    var meanLoss: Double { loss / Double(max(1, images)) }
    var accuracy: Double { correct / Double(max(1, images)) }
}
