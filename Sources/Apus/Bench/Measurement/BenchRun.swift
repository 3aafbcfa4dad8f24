internal import Classifier
internal import Images
internal import Inference
internal import Platform
internal import Torch
internal import TorchNN
internal import TorchVision

/// Measures the parts of a training: what is measured is what runs. It writes no files.
@TensorActor
struct BenchRun {
    let setup: TrainingSetup
    /// The time for each measurement in seconds.
    let seconds: Double
    let events: EventChannel<Bench.Event>

    private var configuration: TrainingConfiguration { setup.configuration }
    /// The last epoch, because most epochs of a run in phases are of its last phase.
    private var epoch: Int { configuration.epochs }

    /// Repeats a unit of work, which returns its images, or nil if nothing is left.
    private func measure(
        _ part: Bench.Part, seconds: Double? = nil, _ unit: () throws -> Int?
    ) throws -> MeasuredRate? {
        var meter = RateMeter(seconds: seconds ?? self.seconds)
        let began = ContinuousClock.now
        while meter.wantsMore {
            try events.checkCancellation()
            guard let images = try unit() else { break }
            meter.add(images, at: (.now - began) / .seconds(1))
            events.send(.measuring(part, images: meter.images, fraction: meter.progress))
        }
        return meter.rate
    }

    private func demand(_ rate: MeasuredRate?) throws(ApusError) -> MeasuredRate {
        guard let rate else { throw Self.noImages }
        return rate
    }

    /// Reads files without decoding them; nil if the images are not in files.
    func reading() throws -> ReadingSpeed? {
        guard var reading = FileReading(setup.loaders.training) else { return nil }
        return try measure(.reading) { reading.next() }.map(reading.speed)
    }

    /// Reads, decodes and transforms images.
    ///
    /// - Parameter fast: Whether JPEG files are decoded at a reduced size, in a shorter measurement.
    func decoding(fast: Bool = false) throws -> DecodingSpeed {
        var loader = setup.loaders.training
        if fast {
            var configuration = configuration
            configuration.data.decoding = .fast
            loader =
                TrainingLoaders(
                    configuration, setup.prepared, data: setup.data, team: setup.team
                ).training
        }
        var (epoch, batches) = (0, loader.batches(epoch: 0))
        let (began, processor) = (ContinuousClock.now, ProcessorTime.ofProcess)
        let rate = try measure(.decoding, seconds: fast ? seconds / 2 : nil) {
            if let batch = try batches.next() { return batch.count }
            (epoch, batches) = (epoch + 1, loader.batches(epoch: epoch + 1))
            return try batches.next()?.count
        }
        let elapsed = (.now - began) / .seconds(1)
        let threads = Double(min(max(1, loader.workers), DataLoader.processorCount))
        return DecodingSpeed(
            rate: try demand(rate), workers: loader.workers,
            busyFraction: min(1, (ProcessorTime.ofProcess - processor) / (elapsed * threads)))
    }

    /// Computes the whole network with the engine of prediction, on images in memory.
    func inference() throws -> InferenceSpeed {
        let side = setup.prepared.preprocessing.cropSize
        let options = InferenceOptions(
            engine: configuration.compute.engine,
            precision: configuration.compute.precision.ofInference(on: setup.device))
        let factory = EngineFactory(
            options: options, preprocessing: setup.prepared.preprocessing, valuesPerImage: 64 * side * side)
        let network = setup.network
        network.eval()
        let (engine, report) = try factory.makeEngine(
            .logits, for: .many(batchSize: nil),
            source: NetworkSource(setup.prepared.preprocessing, device: setup.device) { network })
        events.send(.engine(report))
        let images = setup.loaders.training.batches(epoch: 0)
        var held: [ImageBatch] = []
        while held.count < 4, let batch = try images.next() { held.append(batch) }
        images.stop()
        var pass = ImagePass([], through: engine)
        let rate = try measure(.inference) {
            if let batch = try pass.next() { return batch.images.count }
            // Long passes, because the engine is idle at the end of each.
            pass = ImagePass((0..<1000).flatMap { _ in held }, through: engine)
            return try pass.next()?.images.count
        }
        return InferenceSpeed(rate: try demand(rate), engine: report.summary)
    }

    /// Takes training steps on a batch in memory.
    ///
    /// - Parameter images: The number of images, in a shorter measurement; nil for the batch size of the run.
    func steps(_ source: any LearningSource, _ step: TrainingStep, images: Int? = nil) throws -> StepSpeed {
        setup.network.train()
        guard let whole = try source.batches(epoch: 0, from: 0).next() else { throw Self.noImages }
        let count = min(images ?? whole.images.count, whole.images.count)
        let batch = LearningBatch(
            number: 0, input: try whole.input.narrow(dim: 0, from: 0, length: count).clone(),
            images: Array(whole.images.prefix(count)))
        var (forward, learning, update): ([Double], [Double], [Double]) = ([], [], [])
        let rate = try measure(.steps, seconds: images == nil ? nil : seconds / 2) {
            learning.append(try time { _ = try step.learn(batch, of: source, epoch: epoch) })
            // A learning rate of 0 keeps the weights, which otherwise may overflow.
            update.append(try time { try step.update(learningRate: 0) })
            return count
        }
        let limit = ContinuousClock.now + .seconds(seconds / 5)
        while forward.count < 3 || .now < limit, forward.count < learning.count {
            try events.checkCancellation()
            forward.append(try time { try pass(batch, of: source) })
        }
        // The first one is the warm-up.
        let times = [forward, learning, update].map { Array($0.dropFirst(min(1, $0.count - 1))).median }
        return StepSpeed(
            rate: try demand(rate), images: count,
            times: StepTimes(forward: times[0], backward: max(0, times[1] - times[0]), update: times[2]))
    }

    /// Trains as a run does: threads read and decode images while steps are computed.
    func training(_ source: any LearningSource, _ step: TrainingStep) throws -> TrainingSpeed {
        setup.network.train()
        var (number, waiting, busy) = (epoch, 0.0, 0.0)
        var batches = try source.batches(epoch: 0, from: 0)
        let rate = try measure(.training) {
            var next: LearningBatch?
            waiting += try time {
                next = try batches.next()
                guard next == nil else { return }
                (number, batches) = (number + 1, try source.batches(epoch: number, from: 0))
                next = try batches.next()
            }
            guard let batch = next else { return nil }
            busy += try time {
                _ = try step.learn(batch, of: source, epoch: epoch)
                try step.update(learningRate: 0)
            }
            return batch.images.count
        }
        return TrainingSpeed(rate: try demand(rate), waitingFraction: waiting / max(waiting + busy, 1e-9))
    }

    /// Runs a forward pass, as a training step does.
    private func pass(_ batch: LearningBatch, of source: any LearningSource) throws {
        guard let type = setup.precision.reducedType else { return _ = try source.trainingLogits(batch.input) }
        _ = try withAutocast(type, on: setup.device.kind) { try source.trainingLogits(batch.input) }
    }

    /// Returns the time of some work in seconds, until the device has done it.
    private func time(_ work: () throws -> Void) throws -> Double {
        let began = ContinuousClock.now
        try work()
        try setup.device.synchronize()
        return (.now - began) / .seconds(1)
    }

    private static var noImages: ApusError {
        ApusError(.noReadableImages, "none of the training images could be read")
    }
}
