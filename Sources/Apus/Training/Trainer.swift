internal import Inference
internal import Torch
internal import TorchNN
public import TorchVision

/// What a training run leaves behind.
public struct TrainingResult: Sendable {
    /// The figures of each epoch.
    public let epochs: [EpochMetrics]
    /// The epoch whose model is `best.safetensors`.
    public let best: EpochMetrics
    /// The folder of the run.
    public let directory: RunDirectory
    /// How many pictures could not be read.
    public let unreadable: Int
    /// How long each epoch took, validation included, in seconds. Not in any file of the run, since equal runs write
    /// equal files.
    public let seconds: [Double]
}

extension ImageClassifier {
    /// Trains a classifier on a folder of pictures, and saves the best and the last model in a run directory.
    ///
    /// The same configuration and pictures give the same files, bit by bit, on the same machine, whatever the number of
    /// workers.
    ///
    /// - Parameters:
    ///   - data: the dataset, in any layout that `openDataset` knows.
    ///   - network: a network of your own program, in place of the one that the configuration names.
    ///   - directory: the folder of the run, which must not hold another run.
    ///   - store: where published weights are kept.
    ///   - onEvent: told what happens, on the thread of the work.
    ///   - download: told how far a download of weights is, from another thread: bytes received, and in all.
    /// - Throws: an error that says what to do: about the configuration, the data, the weights, the disk, or a loss
    ///   that is no number any more. What was saved before stays.
    public static func train(
        on data: String, _ configuration: TrainingConfiguration, network: Architecture? = nil, directory: String,
        store: WeightsStore = .standard, onEvent: @Sendable (TrainingEvent) -> Void = { _ in },
        download: (@Sendable (Int, Int?) -> Void)? = nil
    ) async throws -> TrainingResult {
        var configuration = configuration
        if let network { configuration.model = network.name }
        try configuration.validate()
        let reference = try network.map(ModelReference.init) ?? ModelReference(configuration.model)
        let device = try Device.find(configuration.device)
        let data = (path: data, opened: try TrainingData(at: data, configuration))
        let training = try Training(
            configuration, reference: reference, data: data.opened, device: device, store: store, download: download)
        let run = try RunDirectory(creating: directory)
        try run.write(configuration, data: data.path)
        onEvent(.started(training.plan))

        var epochs: [EpochMetrics] = []
        var best: EpochMetrics?
        var seconds: [Double] = []
        let clock = ContinuousClock()
        for epoch in 1...configuration.epochs {
            let began = clock.now
            let metrics = try training.epoch(epoch, onEvent: onEvent)
            seconds.append((clock.now - began) / .seconds(1))
            epochs.append(metrics)
            let isBest = best.map(metrics.isBetter) ?? true
            if isBest { best = metrics }
            let description = training.description(metrics)
            if isBest { try ModelFile.write(description, training.network, to: run.best) }
            try ModelFile.write(description, training.network, to: run.last)
            try run.write(epochs)
            onEvent(.epochEnded(metrics, isBest: isBest))
        }
        guard let best else { throw ApusError("no epoch was trained") }
        let result = TrainingResult(
            epochs: epochs, best: best, directory: run, unreadable: training.unreadable.count, seconds: seconds)
        try run.write(
            trainingReport(result, plan: training.plan, configuration: configuration, data: data.path), to: run.report)
        return result
    }
}

/// The state of a run between its epochs.
@TensorActor
private final class Training {
    let network: any ImageNetwork
    let plan: TrainingPlan
    /// Pictures that could not be read, each once.
    private(set) var unreadable: Set<String> = []

    private let configuration: TrainingConfiguration
    private let prepared: PreparedNetwork
    private let data: TrainingData
    private let device: Device
    private let optimizer: any Optimizer
    private let schedule: any LearningRateSchedule
    private let source: any LearningSource
    private let validationSource: any LearningSource
    private let reference: ModelReference

    init(
        _ configuration: TrainingConfiguration, reference: ModelReference, data: TrainingData, device: Device,
        store: WeightsStore, download: (@Sendable (Int, Int?) -> Void)?
    ) throws {
        self.configuration = configuration
        self.reference = reference
        self.data = data
        try RandomState.seed(configuration.seed)
        prepared = try PreparedNetwork(
            configuration, reference: reference, classes: data.classes.count, store: store, progress: download)
        network = prepared.network
        try network.to(device)
        try network.to(.channelsLast)
        self.device = device
        let trainable = network.trainableParameters
        optimizer = configuration.makeOptimizer(for: network)
        schedule =
            configuration.learningRateStep.map { StepLR(stepSize: $0, gamma: configuration.learningRateGamma) }
            ?? ConstantLR()
        let sources = try LearningSources(configuration, prepared, data: data, device: device)
        (source, validationSource) = (sources.training, sources.validation)
        plan = TrainingPlan(
            classes: data.classes, trainingPictures: data.training.count, validationPictures: data.validation.count,
            model: prepared.startedFrom ?? "\(reference.architecture.name), fresh", strategy: prepared.strategy,
            head: prepared.options.head, trainableParameters: trainable.reduce(0) { $0 + $1.count },
            parameters: network.parameters.reduce(0) { $0 + $1.count }, stepsPerEpoch: sources.stepsPerEpoch,
            device: device.description, engine: sources.report, notes: data.notes + prepared.notes + sources.notes)
    }

    /// Passes all training pictures once, then validates.
    func epoch(_ epoch: Int, onEvent: (TrainingEvent) -> Void) throws -> EpochMetrics {
        let rate = schedule.rate(initial: configuration.learningRate, epoch: epoch - 1)
        onEvent(.epochStarted(epoch, learningRate: rate))
        optimizer.setLearningRate(rate)
        network.train()
        var sums = RunningSums()
        let failures = try source.pass(epoch: epoch - 1) { batch in
            // What is random in a step depends on the seed and the step alone, not on what went before.
            try RandomState.seed(configuration.stepSeed(epoch: epoch, step: batch.number))
            let targets = try Tensor(batch.labels).to(device)
            let logits = try inPrecision { try source.trainingLogits(batch.input) }.inFloat32()
            let losses = try logits.losses(targets)
            try optimizer.zeroGradients()
            try losses.whole.backward()
            try optimizer.step()
            try sums.add(loss: losses.main, logits: logits.main, targets: targets)
            tell(batch.failures, onEvent)
            // Reading a sum waits for a CUDA device, so that is done now and then.
            let step = batch.number + 1
            guard device.kind == .cpu || step % 16 == 0 else { return }
            let running = try sums.read()
            guard running.loss.isFinite else {
                throw Self.comeApart(running.loss, at: "epoch \(epoch), step \(step)", rate: rate)
            }
            onEvent(
                .step(
                    TrainingProgress(
                        epoch: epoch, step: step, steps: plan.stepsPerEpoch, pictures: sums.count,
                        totalPictures: plan.trainingPictures, loss: running.loss, accuracy: running.accuracy)))
        }
        tell(failures, onEvent)
        guard sums.count > 0 else { throw ApusError("none of the training pictures could be read") }
        let training = try sums.read()
        guard training.loss.isFinite else { throw Self.comeApart(training.loss, at: "epoch \(epoch)", rate: rate) }
        let validation = try validate(onEvent)
        guard validation.loss.isFinite else {
            throw Self.comeApart(validation.loss, at: "the validation of epoch \(epoch)", rate: rate)
        }
        return EpochMetrics(
            epoch: epoch, learningRate: rate, trainingLoss: training.loss, trainingAccuracy: training.accuracy,
            validationLoss: validation.loss, validationAccuracy: validation.accuracy)
    }

    private static func comeApart(_ loss: Double, at place: String, rate: Double) -> ApusError {
        ApusError(
            "the loss is \(loss) in \(place), at a learning rate of \(rate): training has come apart; try a tenth of "
                + "that rate")
    }

    private func validate(_ onEvent: (TrainingEvent) -> Void) throws -> EvaluationTally {
        network.eval()
        var tally = EvaluationTally(classes: data.classes)
        onEvent(.validating(done: 0, total: data.validation.count))
        let failures = try validationSource.pass(epoch: 0) { batch in
            try withInferenceMode {
                let logits = try inPrecision { try validationSource.logits(batch.input) }.to(.float32)
                try tally.add(logits: logits.to(.cpu), labels: batch.labels)
            }
            tell(batch.failures, onEvent)
            onEvent(.validating(done: tally.count, total: data.validation.count))
        }
        tell(failures, onEvent)
        guard tally.count > 0 else { throw ApusError("none of the validation pictures could be read") }
        return tally
    }

    /// A forward pass through what is trained, in the run's precision; the loss is always taken in float32.
    private func inPrecision<Output>(_ pass: () throws -> Output) throws -> Output {
        guard configuration.precision == .bfloat16 else { return try pass() }
        return try withAutocast(.bfloat16, on: device.kind, pass)
    }

    private func tell(_ failures: [SampleFailure], _ onEvent: (TrainingEvent) -> Void) {
        for failure in failures where unreadable.insert(failure.name).inserted { onEvent(.unreadable(failure)) }
    }

    func description(_ metrics: EpochMetrics) -> ModelDescription {
        ModelDescription(
            architecture: reference.architecture.name, network: reference.architecture.networkDescription,
            options: prepared.options, classes: data.classes, preprocessing: prepared.preprocessing, metrics: metrics,
            training: TrainingSummary(
                startedFrom: prepared.startedFrom, strategy: prepared.strategy, optimizer: configuration.optimizer,
                learningRate: configuration.learningRate,
                stageRate: configuration.stageRate == 1 ? nil : configuration.stageRate,
                batchSize: configuration.batchSize, seed: configuration.seed, trainingPictures: data.training.count,
                validationSplit: data.hasOwnValidation ? nil : configuration.validationSplit))
    }
}

/// Sums over the steps of an epoch, kept on the device until they are read.
@TensorActor
private struct RunningSums {
    private(set) var count = 0
    private var loss: Tensor?
    private var correct: Tensor?

    mutating func add(loss batchLoss: Tensor, logits: Tensor, targets: Tensor) throws {
        let size = targets.count
        try withoutGradient {
            let lossSum = try batchLoss.detach().to(.float64) * Double(size)
            let hits = try (logits.detach().argmax(1) .== targets).sum()
            loss = try loss.map { try $0 + lossSum } ?? lossSum
            correct = try correct.map { try $0 + hits } ?? hits
        }
        count += size
    }

    func read() throws -> (loss: Double, accuracy: Double) {
        guard let loss, let correct, count > 0 else { return (0, 0) }
        return (
            try loss.item(as: Double.self) / Double(count), try correct.item(as: Double.self) / Double(count)
        )
    }
}

extension TrainingConfiguration {
    /// Keeps the seeds of steps apart from the loader's random numbers.
    private var stepStream: UInt64 { 0x7374_6570 }

    /// What the random numbers of a step begin with; epochs are counted from 1, steps from 0.
    func stepSeed(epoch: Int, step: Int) -> UInt64 {
        var random = CountedRandom(seed: seed, epoch: epoch, index: step, stream: stepStream)
        return random.next()
    }
}
