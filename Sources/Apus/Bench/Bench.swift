package import Classifier
internal import Images
package import Platform
internal import Torch
package import TorchVision

/// Measures how fast a machine reads, predicts and trains with a dataset.
package enum Bench {
    /// The settings of a measurement.
    package struct Options: Sendable {
        /// The time for each measurement in seconds.
        package var seconds = 10.0
        /// The largest number of processes of the plan; nil for no plan.
        package var processes: Int?
        /// The network between the processes.
        package var link = NetworkLink(bytesPerSecond: 125e6, latency: 100e-6)

        /// Creates the default settings.
        package init() {}
    }

    /// A part of the measurement.
    package enum Part: String, Sendable, CaseIterable {
        /// Reading files.
        case reading
        /// Reading, decoding and transforming.
        case decoding
        /// Prediction with images in memory.
        case inference
        /// Training steps with images in memory.
        case steps
        /// Training.
        case training
    }

    /// The events of a measurement.
    package enum Event: Sendable {
        /// A file of published weights is being downloaded.
        case downloading(FileProgress)
        /// The measurement begins.
        case started(TrainingPlan)
        /// The engine for prediction.
        case engine(EngineReport)
        /// The images of a part so far, and the fraction of it that is done, from 0 to 1.
        case measuring(Part, images: Int, fraction: Double)

        /// Whether the event reports progress. A slow reader may miss such events, but no others.
        package var isProgress: Bool {
            switch self {
            case .downloading, .measuring: true
            case .started, .engine: false
            }
        }
    }

    /// Measures a training, without writing files. The trained weights are discarded.
    ///
    /// - Parameters:
    ///   - data: The dataset, in any layout that `openDataset` reads.
    ///   - configuration: The settings of the training.
    ///   - options: The settings of the measurement.
    ///   - store: The store of published weights.
    ///   - reader: Reads the events during the measurement.
    /// - Throws: The errors of `ImageClassifier.train`, and those of `reader`.
    @TensorActor
    package static func run(
        on data: String, _ configuration: TrainingConfiguration, _ options: Options = Options(),
        store: WeightsStore = .standard,
        readBy reader: @escaping @Sendable (EventSequence<Event>) async throws -> Void = { _ in }
    ) async throws -> BenchResult {
        try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            let setup = try TrainingSetup(configuration, on: data, network: nil, store: store) {
                events.send(.downloading($0))
                try events.checkCancellation()
            }
            events.send(.started(setup.plan))
            return try measure(BenchRun(setup: setup, seconds: options.seconds, events: events), options)
        }
    }

    @TensorActor
    private static func measure(_ run: BenchRun, _ options: Options) throws -> BenchResult {
        let setup = run.setup
        let reading = try run.reading()
        let decoding = try run.decoding()
        let inference = try run.inference()
        let step = try TrainingStep(setup, epoch: setup.configuration.epochs)
        let strategy = step.phase.phase.strategy
        let source = try LearningSources(setup, strategy: strategy).training
        let steps = try run.steps(source, step)
        let training = try run.training(source, step)
        let verdict = BenchVerdict(
            setup, strategy: strategy, decoding: decoding, inference: inference, steps: steps, training: training,
            hasFrozenEngine: !(source is ImageSource))
        let fast = verdict.mayDecodeFast ? try run.decoding(fast: true) : nil
        let side = setup.prepared.preprocessing.cropSize
        let buckets = GradientBucket.all(of: ParameterGradient.all(of: setup.network, inputShape: [3, side, side]))
        let plan = try options.processes.map { processes in
            // With a batch of a single image, batch normalization can't be trained.
            let share = max(2, (steps.images + processes - 1) / processes)
            let small = share < steps.images ? try run.steps(source, step, images: share) : nil
            // The steps are measured without the engine for frozen layers.
            let frozen = verdict.frozenTime
            let lost = max(0, 1 / training.rate.imagesPerSecond - 1 / steps.rate.imagesPerSecond - frozen)
            func point(_ speed: StepSpeed) -> StepTimeModel.Point {
                var times = speed.times
                times.input = lost * Double(speed.images)
                times.forward += frozen * Double(speed.images)
                return (speed.images, times)
            }
            return ScalingPlan(
                images: steps.images, StepTimeModel(point(steps), small.map(point)), buckets, upTo: processes,
                over: options.link)
        }
        return BenchResult(
            data: setup.plan.data, dataset: setup.plan.dataset, model: setup.plan.model, strategy: strategy,
            device: setup.plan.device, processor: setup.plan.processor, precision: setup.precision,
            trainableParameters: setup.network.trainableParameters.reduce(0) { $0 + $1.count },
            parameters: setup.plan.parameters, reading: reading, decoding: decoding, fastDecoding: fast,
            inference: inference, steps: steps, training: training, buckets: buckets, limit: verdict.limit,
            findings: verdict.findings(reading: reading, fastDecoding: fast, plan: plan), plan: plan)
    }
}
