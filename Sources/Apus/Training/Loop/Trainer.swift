internal import Classifier
internal import Drawing
internal import Images
internal import Platform
internal import Torch
internal import TorchNN
internal import TorchVision

/// Trains a network to the end of its run.
@TensorActor
final class Trainer {
    let setup: TrainingSetup
    let step: TrainingStep
    let store: RunStore
    let events: EventChannel<TrainingEvent>
    /// The state of the run.
    var state: RunState
    /// The sums of the epoch. `state` has them when it is saved.
    var sums: RunningSums
    /// The parts of the data whose images with several frames were noted.
    var notedFrames: Set<String> = []
    /// The names in `state.unreadable`.
    var reportedUnreadable: Set<String>
    /// The metrics of every few batches.
    var reports: BatchReports
    /// The splits of the images, for the model file.
    private let split: SplitRecord

    var configuration: TrainingConfiguration { setup.configuration }
    var data: TrainingData { setup.data }

    /// Opens the logs of a run.
    ///
    /// - Parameters:
    ///   - state: The state of the run. The weights and `step` are in the same state.
    ///   - warnings: Warnings to report first, such as a damaged state.
    init(
        _ setup: TrainingSetup, _ step: TrainingStep, from state: RunState, split: SplitRecord,
        in directory: RunDirectory, warnings: [String] = [], events: EventChannel<TrainingEvent>
    ) throws {
        (self.setup, self.step, self.state, self.split, self.events) = (setup, step, state, split, events)
        reportedUnreadable = Set(state.unreadable)
        reports = BatchReports(every: setup.configuration.output.printEvery)
        sums = try RunningSums(state.sums, on: setup.device)
        setup.team.isCanceled = { (try? events.checkCancellation()) == nil }
        events.send(.started(setup.plan))
        store = try RunStore(directory, setup, after: state.stepsDone(of: setup.plan))
        for warning in warnings { try warn(warning) }
    }

    /// Trains to the end of the run.
    ///
    /// - Throws: `TrainingInterruption` if the task is canceled, after the state is saved.
    func run() throws -> TrainingResult {
        let clock = ContinuousClock()
        var seconds: [Double] = []
        do {
            for phase in setup.prepared.phases where state.epoch <= phase.epochs.upperBound && !isOutOfPatience {
                var began = clock.now
                let sources = try begin(phase)
                began += try clock.measure { try validateFirst(on: sources) }
                while phase.epochs.contains(state.epoch), !isOutOfPatience {
                    try passEpoch(of: sources.training)
                    let validation = try settledValidation(on: sources)
                    seconds.append((clock.now - began) / .seconds(1))

                    let metrics = try metrics(with: validation)
                    let isBest = state.endEpoch(with: metrics, validation.metrics.classes, by: configuration.metric)
                    // Patience starts again when more layers are trained.
                    if setup.prepared.phases.contains(where: { $0.epochs.lowerBound == state.epoch }) {
                        state.epochsWithoutGain = 0
                    }
                    sums = try RunningSums(state.sums, on: setup.device)
                    step.phase.learningRate.epochEnded(validationLoss: metrics.validationLoss)

                    try step.withAveragedWeights {
                        let description = description(metrics, validation.calibration)
                        if let note = try store.keep(setup.network, description, of: metrics.epoch, isBest: isBest) {
                            try report(note: note)
                        }
                    }
                    try store.write(state.epochs)
                    try store.record(metrics, isBest: isBest, of: setup.network, step: stepsDone)
                    try save()
                    events.send(.epochEnded(metrics, isBest: isBest))
                    began = clock.now
                }
            }
        } catch is CancellationError {
            // Within a step, the run resumes from the state that was saved before.
            if !step.isUnderWay { try save() }
            try store.record(.stopped(reason: "it was canceled"), step: stepsDone)
            throw TrainingInterruption(epoch: state.epoch, step: state.batches, directory: store.directory.path)
        } catch {
            try? store.record(.stopped(reason: "\(error)"), step: stepsDone)
            throw error
        }
        return try finish(seconds)
    }

    /// The number of batches of the whole run that are done.
    var stepsDone: Int { state.stepsDone(of: setup.plan) }

    private var isOutOfPatience: Bool { configuration.patience.map { state.epochsWithoutGain >= $0 } ?? false }

    /// Prepares a phase: the optimizer, and the engine for the frozen layers.
    private func begin(_ phase: TrainingPhase) throws -> LearningSources {
        try step.begin(phase)
        let sources = try LearningSources(setup, strategy: phase.strategy) { [events] done, total in
            events.send(.extracting(done: done, total: total))
        }
        if let report = sources.report {
            // A run that resumes within a phase has noted it before.
            if state.epoch == phase.epochs.lowerBound, state.batches == 0 {
                try store.record(.note("the frozen layers are computed by \(report.summary)"), step: stepsDone)
            }
            events.send(.engine(report))
        }
        return sources
    }

    /// Returns the metrics of the epoch that ends.
    private func metrics(with validation: Validation) throws -> EpochMetrics {
        let metrics = validation.metrics
        try demandSoundness(of: validation.loss, in: "the validation of epoch \(state.epoch)")
        return EpochMetrics(
            epoch: state.epoch,
            learningRate: step.phase.rate(epoch: state.epoch, batch: max(0, setup.plan.stepsPerEpoch - 1)),
            trainingLoss: state.sums.meanLoss, trainingAccuracy: state.sums.accuracy,
            validationLoss: validation.loss, validationAccuracy: metrics.accuracy,
            validationMeanAveragePrecision: metrics.meanAveragePrecision, custom: try validation.customMetrics.values())
    }

    /// Saves the state.
    func save() throws {
        state.sums = try sums.read()
        state.rateMemory = step.phase.learningRate.memory
        state.scaling = step.scaler?.memory
        try store.save(state, setup.network, step)
    }

    private func description(_ metrics: EpochMetrics, _ calibration: ModelCalibration?) -> ModelDescription {
        let (architecture, prepared) = (setup.reference.architecture, setup.prepared)
        return ModelDescription(
            architecture: architecture.name, network: architecture.networkDescription, options: prepared.options,
            classes: data.classes, displayNames: data.displayNames, isMultiLabel: data.isMultiLabel,
            preprocessing: prepared.preprocessing, metrics: metrics,
            training: TrainingSummary(configuration, prepared, data, split: split), calibration: calibration)
    }

    // MARK: The end

    /// Writes the results of the run.
    ///
    /// - Parameter seconds: The duration of each epoch.
    private func finish(_ seconds: [Double]) throws -> TrainingResult {
        guard let best = state.best else { throw ApusError(.noRun, "no epoch was trained") }
        let (directory, plan) = (store.directory, setup.plan)
        let result = TrainingResult(
            initial: state.initial, epochs: state.epochs, best: best, directory: directory,
            unreadable: state.unreadable.count, seconds: seconds, endedEarly: state.epochs.count < configuration.epochs,
            findings: diagnose(curves),
            isMultiLabel: data.isMultiLabel, dataset: data.description, lossNote: configuration.lossNote,
            calibration: setup.team.isFirst ? try ModelFile.readDescription(directory.best).calibration : nil)
        guard setup.team.isFirst else { return result }
        for finding in result.findings { try store.record(.diagnosis(finding), step: stepsDone) }
        try store.record(.finished(best), step: stepsDone)
        let record = RunRecord(
            directory: directory, configuration: configuration, data: plan.data, initial: state.initial,
            epochs: state.epochs, steps: store.steps, stepsPerEpoch: plan.stepsPerEpoch,
            isMultiLabel: plan.isMultiLabel,
            customLoss: plan.loss)
        if DrawingLibraries.isAvailable {
            try record.plot(title: "\(plan.model) on \(plan.data)").save(to: directory.curves)
        }
        return result
    }

    /// The input of the diagnosis.
    private var curves: TrainingCurves {
        let (plan, prepared) = (setup.plan, setup.prepared)
        var curves = TrainingCurves(
            epochs: state.epochs, classes: data.displayNames ?? data.classes, validationImages: data.validation.count,
            trainsEverything: prepared.phases.contains { $0.strategy == .all })
        curves.optimizerStepsPerEpoch = configuration.optimizer.steps(ofBatches: plan.stepsPerEpoch)
        curves.startsFresh = prepared.startedFrom == nil
        curves.hasPretrainedWeights = setup.reference.weights != nil
        curves.setsValidationAside = !data.hasOwnValidation
        curves.balancesClasses = configuration.data.classBalancing != .none
        curves.trainingImages = data.training.count
        curves.classWeights = data.classWeights
        curves.steps = store.steps
        curves.trainingCounts = data.training.countsByClass
        curves.lastValidation = state.lastValidation
        curves.isMultiLabel = data.isMultiLabel
        curves.hasCustomLoss = plan.loss != nil
        return curves
    }
}
