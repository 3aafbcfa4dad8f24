internal import Classifier
internal import Drawing
internal import Images
internal import Inference
internal import Torch
internal import TorchNN
internal import TorchVision

/// A run under way.
@TensorActor
final class Training {
    let configuration: TrainingConfiguration
    let plan: TrainingPlan
    let network: any ImageNetwork
    let objective: Objective
    let device: Device
    /// How far it is.
    private(set) var state = RunState()

    /// Which images are learned from, for the model file.
    var split: SplitRecord?
    /// What the user must know before the work begins, such as a state that is damaged.
    var warnings: [String] = []

    private let prepared: PreparedNetwork
    private let data: TrainingData
    private let reference: ModelReference
    private let precision: TrainingPrecision
    private let average: WeightAverage?
    /// Keeps small gradients in float16; nil in other precisions.
    private var scaler: GradientScaler?
    private let run: RunDirectory?
    private let onEvent: (TrainingEvent) -> Void
    /// What is trained now; nil before the first epoch.
    private var phase: RunningPhase?
    /// The sums of the epoch.
    private var sums: RunningSums?
    /// Whether the network is between two states from which the run could go on: gradients wait for their step, or
    /// running statistics are estimated.
    private var isStepUnderWay = false
    /// How many images an epoch passes where all can be read.
    private let picturesPerEpoch: Int
    private var recorder: RunRecorder?
    private var lastSaved = ContinuousClock.now
    /// The names in `state.unreadable`.
    private var unreadable: Set<String> = []

    /// Prepares a run, or what is left of one.
    ///
    /// - Parameter run: where it is saved; nil for a trial that leaves nothing behind.
    init(
        _ configuration: TrainingConfiguration, reference: ModelReference, data: TrainingData, run: RunDirectory?,
        store: WeightsStore, onEvent: @escaping (TrainingEvent) -> Void,
        download: (@Sendable (Int, Int?) -> Void)? = nil
    ) throws {
        guard !data.isMultiLabel || configuration.knownShare == nil else {
            throw ApusError(
                "a threshold for the unknown is for pictures of one class each; of several, none may be told as it is, so "
                    + "leave --unknown out")
        }
        (self.configuration, self.reference, self.data) = (configuration, reference, data)
        (self.run, self.onEvent) = (run, onEvent)
        let device = try Device.find(configuration.device)
        self.device = device
        precision = configuration.precision.resolved(on: device)
        try RandomState.seed(configuration.seed)
        prepared = try PreparedNetwork(
            configuration, reference: reference, classes: data.classes.count, pictures: data.training.count,
            store: store, progress: download)
        let network = prepared.network
        self.network = network
        try network.to(device)
        try network.to(.channelsLast)
        try prepared.freeze(prepared.phases[0].strategy)
        average = try configuration.averageDecay.map { try WeightAverage(of: network, decay: $0) }
        scaler = precision == .float16 ? GradientScaler() : nil
        objective = Objective(
            classes: data.classes.count, isMultiLabel: data.isMultiLabel, labelSmoothing: configuration.labelSmoothing,
            classWeights: try data.classWeights.map { try Tensor($0.map { Float($0) }).to(device) })
        let loaders = TrainingLoaders(configuration, prepared, data: data)
        try loaders.checkSize(of: configuration.trainingTransforms)
        try Self.checkBatches(of: loaders.training, prepared, reference.architecture)
        picturesPerEpoch = loaders.training.imageCount
        plan = try TrainingPlan(
            data: data, prepared: prepared, configuration: configuration, reference: reference, loaders: loaders,
            device: device, precision: precision)
    }

    /// Checks that there are batches, and that each can be trained on.
    private static func checkBatches(
        of loader: DataLoader, _ prepared: PreparedNetwork, _ architecture: Architecture
    ) throws {
        let count = loader.dataset.count
        guard loader.batchCount > 0 else {
            throw ApusError(
                "a batch takes \(loader.batchSize) images and there are \(count) to train on, so that leaving out the last, "
                    + "incomplete batch leaves none; use a smaller batch size, or keep the last batch")
        }
        if min(count, loader.batchSize) == 1, try prepared.needsSeveralImages(architecture) {
            throw ApusError(
                "batch normalization in the trained part has a single value per channel in a batch of 1 image, and can't "
                    + "train on it; use " + (count == 1 ? "more training images" : "a batch size of 2 or more"))
        }
    }

    // MARK: The course

    /// Trains from where the run is to its end.
    ///
    /// - Throws: `TrainingInterruption` where the task is cancelled; the state is saved then.
    func train() throws -> TrainingResult {
        onEvent(.started(plan))
        if let run {
            recorder = try RunRecorder(run, plan: plan, writesEvents: configuration.writesEvents, after: stepsDone)
            if stepsDone == 0 {
                let loaders = TrainingLoaders(configuration, prepared, data: data)
                try recorder?.record(pictures: loaders.training)
            }
        }
        for warning in warnings {
            try recorder?.record(.note(warning), step: stepsDone)
            onEvent(.warning(warning))
        }
        var seconds: [Double] = []
        let clock = ContinuousClock()
        do {
            while state.epoch <= configuration.epochs, !isOutOfPatience {
                let began = clock.now
                try passEpoch()
                var validation = try validate()
                if !Self.isSound(validation.figures.loss), try estimateRunningStatistics(validation.figures.loss) {
                    validation = try validate()
                }
                seconds.append((clock.now - began) / .seconds(1))
                try endEpoch(with: validation.figures, validation.calibration)
            }
        } catch is CancellationError {
            // With half a step taken, the state that was saved before is the one to go on from.
            if let phase, !isStepUnderWay {
                if let sums { state.sums = try sums.read() }
                try save(phase)
            }
            try recorder?.record(.stopped(reason: "it was asked to stop"), step: stepsDone)
            throw TrainingInterruption(epoch: state.epoch, step: state.batches, directory: run?.path)
        } catch {
            try? recorder?.record(.stopped(reason: "\(error)"), step: stepsDone)
            throw error
        }
        guard let best = state.best, let run else { throw ApusError("no epoch was trained") }
        let result = TrainingResult(
            epochs: state.epochs, best: best, directory: run, unreadable: state.unreadable.count, seconds: seconds,
            endedEarly: state.epochs.count < configuration.epochs, findings: diagnose(curves),
            isMultiLabel: data.isMultiLabel, dataset: data.description, lossNote: configuration.lossNote,
            calibration: try ModelFile.readDescription(run.best).calibration)
        for finding in result.findings { try recorder?.record(.diagnosis(finding), step: stepsDone) }
        try recorder?.record(.finished(best), step: stepsDone)
        let record = RunRecord(
            directory: run, configuration: configuration, data: plan.data, epochs: state.epochs,
            steps: recorder?.steps ?? [], stepsPerEpoch: plan.stepsPerEpoch, isMultiLabel: plan.isMultiLabel)
        try record.figure(title: "\(plan.model) on \(plan.data)").save(to: run.curves)
        return result
    }

    /// How many batches of the whole run have become steps.
    private var stepsDone: Int { (state.epoch - 1) * plan.stepsPerEpoch + state.batches }

    /// What the run's diagnosis is made of.
    private var curves: TrainingCurves {
        var curves = TrainingCurves(
            epochs: state.epochs, classes: data.classes, validationPictures: data.validation.count,
            trainsEverything: prepared.phases.contains { $0.strategy == .all })
        curves.optimizerStepsPerEpoch =
            (plan.stepsPerEpoch + configuration.accumulation - 1) / configuration.accumulation
        curves.startsFresh = prepared.startedFrom == nil
        curves.hasPretrainedWeights = reference.weights != nil
        curves.setsValidationAside = !data.hasOwnValidation
        curves.balancesClasses = configuration.balancesLoss || configuration.balancesSampling
        curves.trainingPictures = data.training.count
        curves.classWeights = data.classWeights
        curves.steps = recorder?.steps ?? []
        curves.trainingCounts = data.training.countsByClass
        curves.lastValidation = state.lastValidation
        curves.isMultiLabel = data.isMultiLabel
        return curves
    }

    private var isOutOfPatience: Bool { configuration.patience.map { state.epochsWithoutGain >= $0 } ?? false }

    /// The phase that an epoch belongs to, begun where it is another than before.
    func phase(of epoch: Int) throws -> RunningPhase {
        if let phase, phase.phase.epochs.contains(epoch) { return phase }
        // After the last epoch, a run may still have its report to write.
        let next = prepared.phases.first { $0.epochs.contains(epoch) } ?? prepared.phases[prepared.phases.count - 1]
        try prepared.freeze(next.strategy)
        let sources = try LearningSources(
            configuration, prepared, strategy: next.strategy, data: data, device: device,
            progress: { [onEvent] in onEvent(.extracting(done: $0, total: $1)) })
        let begun = RunningPhase(next, configuration, network, sources, stepsPerEpoch: plan.stepsPerEpoch)
        if let report = sources.report {
            try recorder?.record(.note("the frozen part by \(report.summary)"), step: stepsDone)
            onEvent(.engine(report))
        }
        phase = begun
        return begun
    }

    /// Passes the training pictures of the epoch that are left.
    private func passEpoch() throws {
        let phase = try phase(of: state.epoch)
        let source = phase.sources.training
        onEvent(.epochStarted(state.epoch, learningRate: phase.rate(epoch: state.epoch, batch: state.batches)))
        network.train()
        var sums = try RunningSums(state.sums, on: device)
        self.sums = sums
        var steps = StepCounter(
            batches: plan.stepsPerEpoch, batchSize: configuration.batchSize, pictures: picturesPerEpoch,
            accumulation: configuration.accumulation)
        func step() throws {
            if steps.correction != 1 { try scaleGradients(network.trainableParameters, by: steps.correction) }
            try takeStep(phase)
            state.batches = steps.endStep()
            isStepUnderWay = false
            // Reading a sum waits for a CUDA device, so that is done now and then.
            let isRead = device.kind == .cpu || state.batches % 16 < configuration.accumulation
            if isRead { try tell(sums.read(), phase) }
            if isSavingDue {
                state.sums = try sums.read()
                try save(phase)
            }
            try Task.checkCancellation()
        }
        let failures = try source.pass(epoch: state.epoch - 1, from: state.batches) { batch in
            if steps.isLate(for: batch) { try step() }
            if !steps.isUnderWay { try phase.optimizer.zeroGradients() }
            let outcome = try learn(batch, of: source, epoch: state.epoch, share: steps.share(of: batch))
            isStepUnderWay = true
            try sums.add(meanLoss: outcome.loss, hits: outcome.hits, pictures: batch.pictures.count)
            self.sums = sums
            try tell(batch.failures)
            if steps.add(batch) { try step() }
        }
        if steps.isUnderWay { try step() }
        try tell(failures)
        state.sums = try sums.read()
        self.sums = nil
        guard state.sums.pictures > 0 else {
            throw ApusError(
                configuration.dropsLastBatch
                    ? "too few of the training pictures could be read to fill a batch of \(configuration.batchSize)"
                    : "none of the training pictures could be read")
        }
        try warnOfUnreadableClasses(in: data.training, "training")
        try demandSoundness(of: state.sums.meanLoss, in: "epoch \(state.epoch)", phase)
    }

    /// Passes a batch and adds the gradient of its loss, times `share`, to those of the parameters.
    ///
    /// - Returns: the mean loss and the number of hits, scalars.
    func learn(
        _ batch: LearningBatch, of source: any LearningSource, epoch: Int, share: Double
    ) throws -> (loss: Tensor, hits: Tensor) {
        // What is random in a step depends on the seed and the step alone, not on what went before.
        try RandomState.seed(configuration.stepSeed(epoch: epoch, step: batch.number))
        let targets = try objective.targets(of: batch.pictures, in: source.dataset).to(device)
        let (input, mixed) = try mix(batch, targets, epoch: epoch)
        let logits = try inPrecision { try source.trainingLogits(input) }.inFloat32()
        let losses = try objective.losses(logits, mixed)
        let loss = share == 1 ? losses.whole : try losses.whole * share
        try (scaler?.scaled(loss) ?? loss).backward()
        return (losses.main, try withoutGradient { try objective.hits(logits.main, targets) })
    }

    private func takeStep(_ phase: RunningPhase) throws {
        let batch = state.batches
        if let momentum = phase.momentum(epoch: state.epoch, batch: batch) { phase.optimizer.setMomentum(momentum) }
        try takeStep(phase, rate: phase.rate(epoch: state.epoch, batch: batch))
    }

    /// Changes the parameters by their gradients.
    func takeStep(_ phase: RunningPhase, rate: Double) throws {
        phase.optimizer.setLearningRate(rate)
        let parameters = network.trainableParameters
        // Gradients that ran over say nothing of the loss; the next step has a smaller scale.
        if try scaler?.unscale(parameters) == false { return }
        try addL1Gradients(parameters, strength: configuration.absoluteDecay)
        if let norm = configuration.clipNorm { try clipGradients(parameters, norm: norm) }
        try phase.optimizer.step()
        try average?.update()
    }

    /// The batch as it is learned from: mixed with itself where the configuration says so.
    private func mix(_ batch: LearningBatch, _ targets: Tensor, epoch: Int) throws -> (Tensor, Tensor) {
        var random = configuration.mixingRandom(epoch: epoch, step: batch.number)
        let side = prepared.preprocessing.cropSize
        guard let mixture = configuration.trainingTransforms?.batch.mixture(width: side, height: side, using: &random)
        else { return (batch.input, targets) }
        return (try mixture.pictures(batch.input), try mixture.targets(targets, classCount: objective.classes))
    }

    /// A forward pass through what is trained, in the run's precision; the loss is always taken in float32.
    private func inPrecision<Output>(_ pass: () throws -> Output) throws -> Output {
        guard let type = precision.reducedType else { return try pass() }
        return try withAutocast(type, on: device.kind, pass)
    }

    // MARK: The end of an epoch

    /// - Returns: the figures of the epoch, and what makes probabilities of its network's logits.
    private func validate() throws -> (figures: ValidationFigures, calibration: ModelCalibration?) {
        let source = try phase(of: state.epoch).sources.validation
        network.eval()
        var tally = makeTally(isMultiLabel: data.isMultiLabel, classes: data.classes, pictures: source.dataset)
        var sample = LogitSample(classCount: data.classes.count)
        onEvent(.validating(done: 0, total: data.validation.count))
        try withAveragedWeights {
            let failures = try source.pass(epoch: 0, from: 0) { batch in
                let outputs: [Float] = try withInferenceMode {
                    try inPrecision { try source.logits(batch.input) }.array()
                }
                let logits = try Logits(outputs, images: batch.pictures.count, classes: data.classes.count)
                tally.add(logits, pictures: batch.pictures) { _ in }
                if !data.isMultiLabel { sample.add(logits, batch.pictures.map { source.dataset.label(at: $0) }) }
                try tell(batch.failures)
                onEvent(.validating(done: tally.count, total: data.validation.count))
                try Task.checkCancellation()
            }
            try tell(failures)
        }
        guard tally.count > 0 else { throw ApusError("none of the validation pictures could be read") }
        try warnOfUnreadableClasses(in: data.validation, "validation")
        return (tally.figures, try sample.calibration(knownShare: configuration.knownShare))
    }

    /// Estimates the running statistics of batch normalization anew, on batches of the epoch that has ended. The few steps
    /// of a young network leave its statistics far from what its weights give, which spoils the validation and says
    /// nothing of its training.
    ///
    /// - Returns: whether the network has such statistics.
    private func estimateRunningStatistics(_ loss: Double) throws -> Bool {
        let source = try phase(of: state.epoch).sources.training
        network.train()
        guard network.normalizesBatches else { return false }
        isStepUnderWay = true
        var batches = 0
        struct Enough: Error {}
        do {
            try withAveragedWeights {
                try network.estimateRunningStatistics {
                    _ = try source.pass(epoch: state.epoch - 1, from: 0) { batch in
                        try RandomState.seed(configuration.stepSeed(epoch: state.epoch, step: batch.number))
                        _ = try inPrecision { try source.trainingLogits(batch.input) }
                        batches += 1
                        if batches == Self.statisticsBatches { throw Enough() }
                        try Task.checkCancellation()
                    }
                }
            }
        } catch is Enough {}
        isStepUnderWay = false
        let note =
            "epoch \(state.epoch): the validation loss was \(loss); after \(stepsDone == 1 ? "1 step" : "\(stepsDone) steps") the "
            + "running statistics of batch normalization are not settled, so they were estimated anew from \(batches) "
            + "training " + (batches == 1 ? "batch" : "batches")
        try recorder?.record(.note(note), step: stepsDone)
        onEvent(.note(note))
        return true
    }

    /// From how many batches running statistics are estimated at most.
    private static let statisticsBatches = 100

    private func endEpoch(with validation: ValidationFigures, _ calibration: ModelCalibration?) throws {
        let phase = try phase(of: state.epoch)
        try demandSoundness(of: validation.loss, in: "the validation of epoch \(state.epoch)", phase)
        let metrics = EpochMetrics(
            epoch: state.epoch, learningRate: phase.rate(epoch: state.epoch, batch: max(0, plan.stepsPerEpoch - 1)),
            trainingLoss: state.sums.meanLoss, trainingAccuracy: state.sums.accuracy,
            validationLoss: validation.loss, validationAccuracy: validation.accuracy,
            validationMeanAveragePrecision: validation.meanAveragePrecision)
        let isBest = state.best.map { metrics.isBetter(than: $0, by: configuration.metric) } ?? true
        if isBest { state.best = metrics }
        state.epochs.append(metrics)
        state.lastValidation = validation.classes
        state.epochsWithoutGain = isBest ? 0 : state.epochsWithoutGain + 1
        phase.learningRate.epochEnded(validationLoss: validation.loss)
        if let run {
            try withAveragedWeights {
                let description = description(metrics, calibration)
                if isBest { try ModelFile.write(description, network, to: run.best) }
                try ModelFile.write(description, network, to: run.last)
                if let every = configuration.keepEvery, metrics.epoch.isMultiple(of: every) {
                    try run.keep(epoch: metrics.epoch, atMost: configuration.keepLast) {
                        try ModelFile.write(description, network, to: $0)
                    }
                }
            }
            try run.write(state.epochs)
        }
        (state.epoch, state.batches, state.sums) = (state.epoch + 1, 0, EpochSums())
        // What a new phase unfreezes has its own time to bring something better.
        if prepared.phases.contains(where: { $0.epochs.lowerBound == state.epoch }) { state.epochsWithoutGain = 0 }
        try recorder?.record(metrics, isBest: isBest, step: stepsDone)
        if configuration.writesHistograms {
            let trained = network.namedParameters.filter(\.tensor.requiresGradient)
            try recorder?.record(parameters: trained, step: stepsDone)
        }
        try save(phase)
        onEvent(.epochEnded(metrics, isBest: isBest))
    }

    /// Runs the body with the running mean of the weights in the network, where there is one.
    private func withAveragedWeights(_ body: () throws -> Void) throws {
        guard let average else { return try body() }
        try average.withAverage(body)
    }

    // MARK: Saving and going on

    private var isSavingDue: Bool {
        ContinuousClock.now - lastSaved >= .seconds(60 * configuration.checkpointMinutes)
    }

    private func save(_ phase: RunningPhase) throws {
        lastSaved = .now
        guard let run else { return }
        try recorder?.synchronize()
        state.rateMemory = phase.learningRate.memory
        state.scaling = scaler?.memory
        try run.keepState()
        try state.write(network, phase.optimizer, average, to: run.checkpoint)
    }

    /// Takes up what an earlier process saved.
    func takeUp(_ state: RunState, _ tensors: RunTensors, path: String) throws {
        self.state = state
        unreadable = Set(state.unreadable)
        do {
            // What was frozen is as the run began.
            try network.load(tensors.network, isStrict: false)
            if let average { try average.loadState(tensors.average) }
            if let memory = state.scaling { scaler?.memory = memory }
            // The optimiser belongs to the phase of the last step, which at the end of an epoch may be the one before.
            let phase = try phase(of: state.epoch)
            if state.batches > 0 || phase.phase.epochs.lowerBound < state.epoch {
                if let momentum = phase.momentum(epoch: state.epoch, batch: state.batches) {
                    phase.optimizer.setMomentum(momentum)
                }
                try phase.optimizer.loadState(tensors.optimizer)
                if let memory = state.rateMemory { phase.learningRate.memory = memory }
            }
        } catch let error as LoadError {
            throw ApusError("\(path): it does not fit the run's network: \(error)")
        }
    }

    // MARK: Telling

    private func tell(_ sums: EpochSums, _ phase: RunningPhase) throws {
        try demandSoundness(of: sums.meanLoss, in: "epoch \(state.epoch), step \(state.batches)", phase)
        let progress = TrainingProgress(
            epoch: state.epoch, step: state.batches, steps: plan.stepsPerEpoch, pictures: sums.pictures,
            totalPictures: picturesPerEpoch, loss: sums.meanLoss, accuracy: sums.accuracy,
            learningRate: phase.rate(epoch: state.epoch, batch: max(0, state.batches - 1)))
        if let summary = state.summaries.take(progress, step: stepsDone) {
            try recorder?.record(summary)
        }
        onEvent(.step(progress))
    }

    private func tell(_ failures: [SampleFailure]) throws {
        for failure in failures where unreadable.insert(failure.name).inserted {
            state.unreadable.append(failure.name)
            try recorder?.record(.unreadable(name: failure.name, reason: "\(failure.error)"), step: stepsDone)
            onEvent(.unreadable(failure))
        }
    }

    /// Names the classes of which no picture could be read, once.
    private func warnOfUnreadableClasses(in pictures: any ImageDataset, _ part: String) throws {
        guard state.epoch == 1, !unreadable.isEmpty else { return }
        let places = (0..<pictures.count).filter { unreadable.contains(pictures.name(at: $0)) }
        for name in pictures.unreadableClasses(Set(places)) {
            let text = "none of the \(part) pictures of the class '\(name)' could be read."
            try recorder?.record(.note(text), step: stepsDone)
            onEvent(.warning(text))
        }
    }

    /// No network that learns has a loss beyond this: it is that of answers which are certain and wrong by so many
    /// powers of e.
    private static let explodedLoss = 1e4

    private static func isSound(_ loss: Double) -> Bool { loss.isFinite && loss <= explodedLoss }

    private func demandSoundness(of loss: Double, in place: String, _ phase: RunningPhase) throws(ApusError) {
        guard !Self.isSound(loss) else { return }
        let rate = phase.rate(epoch: state.epoch, batch: max(0, state.batches - 1))
        throw ApusError(
            "the loss is \(loss) in \(place), at a learning rate of \(rate): training has come apart; try a tenth of "
                + "that rate, a warm-up (--warm-up 1), or --clip-norm 1; --find-lr suggests a rate")
    }

    private func description(_ metrics: EpochMetrics, _ calibration: ModelCalibration?) -> ModelDescription {
        ModelDescription(
            architecture: reference.architecture.name, network: reference.architecture.networkDescription,
            options: prepared.options, classes: data.classes, isMultiLabel: data.isMultiLabel,
            preprocessing: prepared.preprocessing, metrics: metrics,
            training: TrainingSummary(configuration, prepared, data, split: split), calibration: calibration)
    }
}
