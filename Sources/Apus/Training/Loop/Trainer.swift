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
    /// How far the run is.
    var state: RunState
    /// The sums of the epoch, which `state` has when it is saved.
    var sums: RunningSums
    /// The names in `state.unreadable`.
    var unreadable: Set<String>
    /// Which images are learned from, for the model file.
    private let split: SplitRecord

    var configuration: TrainingConfiguration { setup.configuration }
    var data: TrainingData { setup.data }

    /// Opens the logs of a run.
    ///
    /// - Parameters:
    ///   - state: how far it is; the weights and `step` are so far too.
    ///   - warnings: what the user must know before the work begins, such as a state that is damaged.
    init(
        _ setup: TrainingSetup, _ step: TrainingStep, from state: RunState, split: SplitRecord,
        in directory: RunDirectory, warnings: [String] = [], events: EventChannel<TrainingEvent>
    ) throws {
        (self.setup, self.step, self.state, self.split, self.events) = (setup, step, state, split, events)
        unreadable = Set(state.unreadable)
        sums = try RunningSums(state.sums, on: setup.device)
        events.send(.started(setup.plan))
        store = try RunStore(directory, setup, after: state.stepsDone(of: setup.plan))
        for warning in warnings { try warn(warning) }
    }

    /// Trains from where the run is to its end.
    ///
    /// - Throws: `TrainingInterruption` where the task is canceled; the state is saved then.
    func run() throws -> TrainingResult {
        let clock = ContinuousClock()
        var seconds: [Double] = []
        do {
            for phase in setup.prepared.phases where state.epoch <= phase.epochs.upperBound && !isOutOfPatience {
                var began = clock.now
                let sources = try begin(phase)
                while phase.epochs.contains(state.epoch), !isOutOfPatience {
                    try passEpoch(of: sources.training)
                    let validation = try settledValidation(on: sources)
                    seconds.append((clock.now - began) / .seconds(1))

                    let metrics = try metrics(with: validation)
                    let isBest = state.endEpoch(with: metrics, validation.metrics.classes, by: configuration.metric)
                    // What a new phase unfreezes has its own time to bring something better.
                    if setup.prepared.phases.contains(where: { $0.epochs.lowerBound == state.epoch }) {
                        state.epochsWithoutGain = 0
                    }
                    sums = try RunningSums(state.sums, on: setup.device)
                    step.phase.learningRate.epochEnded(validationLoss: metrics.validationLoss)

                    try step.withAveragedWeights {
                        let description = description(metrics, validation.calibration)
                        try store.keep(setup.network, description, of: metrics.epoch, isBest: isBest)
                    }
                    try store.directory.write(state.epochs)
                    try store.record(metrics, isBest: isBest, of: setup.network, step: stepsDone)
                    try save()
                    events.send(.epochEnded(metrics, isBest: isBest))
                    began = clock.now
                }
            }
        } catch is CancellationError {
            // With half a step taken, the state that was saved before is the one to go on from.
            if !step.isUnderWay { try save() }
            try store.record(.stopped(reason: "it was asked to stop"), step: stepsDone)
            throw TrainingInterruption(epoch: state.epoch, step: state.batches, directory: store.directory.path)
        } catch {
            try? store.record(.stopped(reason: "\(error)"), step: stepsDone)
            throw error
        }
        return try finish(seconds)
    }

    /// How many batches of the whole run have become steps.
    var stepsDone: Int { state.stepsDone(of: setup.plan) }

    private var isOutOfPatience: Bool { configuration.patience.map { state.epochsWithoutGain >= $0 } ?? false }

    /// Makes a phase ready: the optimizer, and the engine that computes what it leaves frozen.
    private func begin(_ phase: TrainingPhase) throws -> LearningSources {
        try step.begin(phase)
        let sources = try LearningSources(setup, strategy: phase.strategy) { [events] done, total in
            events.send(.extracting(done: done, total: total))
        }
        if let report = sources.report {
            // A run that goes on within a phase has noted it before.
            if state.epoch == phase.epochs.lowerBound, state.batches == 0 {
                try store.record(.note("the frozen part by \(report.summary)"), step: stepsDone)
            }
            events.send(.engine(report))
        }
        return sources
    }

    /// The metrics of the epoch that is ending.
    private func metrics(with validation: Validation) throws -> EpochMetrics {
        let metrics = validation.metrics
        try demandSoundness(of: metrics.loss, in: "the validation of epoch \(state.epoch)")
        return EpochMetrics(
            epoch: state.epoch,
            learningRate: step.phase.rate(epoch: state.epoch, batch: max(0, setup.plan.stepsPerEpoch - 1)),
            trainingLoss: state.sums.meanLoss, trainingAccuracy: state.sums.accuracy,
            validationLoss: metrics.loss, validationAccuracy: metrics.accuracy,
            validationMeanAveragePrecision: metrics.meanAveragePrecision)
    }

    /// Saves the state, from which the run goes on as if it had never stopped.
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
            classes: data.classes, isMultiLabel: data.isMultiLabel, preprocessing: prepared.preprocessing,
            metrics: metrics, training: TrainingSummary(configuration, prepared, data, split: split),
            calibration: calibration)
    }

    // MARK: The end

    /// Writes what the whole run came to.
    ///
    /// - Parameter seconds: how long each epoch took.
    private func finish(_ seconds: [Double]) throws -> TrainingResult {
        guard let best = state.best else { throw ApusError(.noRun, "no epoch was trained") }
        let (directory, plan) = (store.directory, setup.plan)
        let result = TrainingResult(
            epochs: state.epochs, best: best, directory: directory, unreadable: state.unreadable.count,
            seconds: seconds, endedEarly: state.epochs.count < configuration.epochs, findings: diagnose(curves),
            isMultiLabel: data.isMultiLabel, dataset: data.description, lossNote: configuration.lossNote,
            calibration: try ModelFile.readDescription(directory.best).calibration)
        for finding in result.findings { try store.record(.diagnosis(finding), step: stepsDone) }
        try store.record(.finished(best), step: stepsDone)
        let record = RunRecord(
            directory: directory, configuration: configuration, data: plan.data, epochs: state.epochs,
            steps: store.steps, stepsPerEpoch: plan.stepsPerEpoch, isMultiLabel: plan.isMultiLabel)
        try record.figure(title: "\(plan.model) on \(plan.data)").save(to: directory.curves)
        return result
    }

    /// What the run's diagnosis is made of.
    private var curves: TrainingCurves {
        let (plan, prepared) = (setup.plan, setup.prepared)
        var curves = TrainingCurves(
            epochs: state.epochs, classes: data.classes, validationPictures: data.validation.count,
            trainsEverything: prepared.phases.contains { $0.strategy == .all })
        curves.optimizerStepsPerEpoch =
            (plan.stepsPerEpoch + configuration.accumulation - 1) / configuration.accumulation
        curves.startsFresh = prepared.startedFrom == nil
        curves.hasPretrainedWeights = setup.reference.weights != nil
        curves.setsValidationAside = !data.hasOwnValidation
        curves.balancesClasses = configuration.balancesLoss || configuration.balancesSampling
        curves.trainingPictures = data.training.count
        curves.classWeights = data.classWeights
        curves.steps = store.steps
        curves.trainingCounts = data.training.countsByClass
        curves.lastValidation = state.lastValidation
        curves.isMultiLabel = data.isMultiLabel
        return curves
    }
}
