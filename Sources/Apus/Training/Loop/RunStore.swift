internal import Classifier
internal import Drawing
internal import Foundation
internal import Images
internal import TensorBoard
internal import Torch
internal import TorchNN
internal import TorchVision

/// The files of a run: its models, its state, its logs. Of several processes, the first writes them.
///
/// Steps are counted over the whole run.
@TensorActor
final class RunStore {
    let directory: RunDirectory
    /// The metrics of the steps, one summary for every few steps.
    private(set) var steps: [StepSummary]
    private let setup: TrainingSetup
    private var configuration: TrainingConfiguration { setup.configuration }
    /// The graph of the network in the last epoch, or the reason why there is none; nil before the first epoch ends.
    private var graph: Result<ModelGraph, any Error>?
    /// Whether this process wrote the best model, and not an earlier one that it resumes.
    private(set) var hasWrittenBest = false
    private let log: RunLog?
    private let curve: CurveLog?
    /// The event file for TensorBoard, if the configuration asks for it.
    private let events: EventFileWriter?
    private var lastSaved = ContinuousClock.now

    /// Creates the logs of a run, or resumes them after a step. Later lines of an earlier process are removed.
    init(_ directory: RunDirectory, _ setup: TrainingSetup, after step: Int) throws {
        (self.directory, self.setup) = (directory, setup)
        guard setup.team.isFirst else {
            (log, curve, events, steps) = (nil, nil, nil, [])
            return
        }
        let isFresh = step == 0
        log = try RunLog(resuming: directory.log, afterStep: isFresh ? -1 : step)
        curve = try CurveLog(resuming: directory.steps, afterStep: step)
        events =
            try setup.configuration.output.writesTensorBoard
            ? EventFileWriter(resuming: directory.events, afterStep: step) : nil
        steps = try CurveLog.read(directory.steps)
        guard isFresh else {
            try record(.resumed, step: step)
            return
        }
        try record(.started(LogStart(setup.plan)), step: 0)
        for note in setup.plan.notes { try record(.note(note), step: 0) }
        try recordImages(of: setup.loaders.training)
    }

    // MARK: Models and state

    /// Saves the model of an epoch: as the last one, and, depending on the epoch, as the best and as one of the kept
    /// models.
    ///
    /// - Returns: A note if the files have no graph, once.
    func keep(
        _ network: any ImageNetwork, _ description: ModelDescription, of epoch: Int, isBest: Bool
    ) throws -> String? {
        guard setup.team.isFirst else { return nil }
        let note = recordGraph(description.preprocessing)
        let graph = try? graph?.get()
        if isBest {
            try ModelFile.write(description, network, graph: graph, to: directory.best)
            hasWrittenBest = true
        }
        try ModelFile.write(description, network, graph: graph, to: directory.last)
        if let every = configuration.output.keepEvery, epoch.isMultiple(of: every) {
            try directory.keep(epoch: epoch, atMost: configuration.output.keepLast) {
                try ModelFile.write(description, network, graph: graph, to: $0)
            }
        }
        return note
    }

    /// Records the graph of the network. It is the same for all epochs, except perhaps that of a custom network in code.
    ///
    /// - Returns: A note if it can't be recorded, once.
    private func recordGraph(_ preprocessing: Preprocessing) -> String? {
        let architecture = setup.reference.architecture
        let isInCode = architecture.isOwn && architecture.networkDescription == nil
        if case .failure = graph { return nil }
        guard graph == nil || isInCode else { return nil }
        do {
            graph = .success(try ModelGraph(tracing: setup.networkOnCPU, preprocessing))
            return nil
        } catch {
            graph = .failure(error)
            return "the model files have no graph, so that only LibTorch can run them: \(error)"
        }
    }

    /// Whether it is time to save the state.
    var isSavingDue: Bool {
        ContinuousClock.now - lastSaved >= .seconds(60 * configuration.output.checkpointMinutes)
    }

    /// Saves the state, after the logs that it depends on.
    func save(_ state: RunState, _ network: any ImageNetwork, _ step: TrainingStep) throws {
        lastSaved = .now
        guard setup.team.isFirst else { return }
        try log?.synchronize()
        try curve?.synchronize()
        try events?.synchronize()
        try directory.keepState()
        try state.write(network, step.phase.optimizer, step.average, to: directory.checkpoint)
    }

    // MARK: Logs

    /// Records the summary of the last few steps.
    func record(_ summary: StepSummary) throws {
        steps.append(summary)
        try curve?.write(summary)
        try record(.step(summary), step: summary.step)
        try events?.write(summary.summaryValues, step: summary.step)
    }

    /// Records the metrics before training.
    func record(_ metrics: InitialMetrics) throws {
        try record(.initial(metrics), step: 0)
        try events?.write(metrics.summaryValues, step: 0)
    }

    /// Writes the metrics of all epochs.
    func write(_ epochs: [EpochMetrics]) throws {
        if setup.team.isFirst { try directory.write(epochs) }
    }

    /// Records the end of an epoch.
    func record(_ metrics: EpochMetrics, isBest: Bool, of network: any ImageNetwork, step: Int) throws {
        try record(.epoch(metrics, isBest: isBest), step: step)
        guard let events else { return }
        try events.write(metrics.summaryValues, step: step)
        guard configuration.output.writesHistograms else { return }
        try events.write(
            network.namedParameters.filter(\.tensor.requiresGradient).map { name, tensor in
                let values: [Float] = try tensor.detach().to(.float32).to(.cpu).contiguous().flatten().array()
                return .histogram(name, Histogram(values))
            }, step: step)
    }

    /// Records an event.
    func record(_ event: LogEvent, step: Int) throws {
        try log?.write(event, step: step, time: Date().timeIntervalSince1970)
    }

    /// Records the first training images after their transforms, if there is an event file.
    private func recordImages(of loader: DataLoader) throws {
        guard let events, DrawingLibraries.isAvailable, let batch = try loader.batches(epoch: 0).next(), batch.count > 0
        else { return }
        let tiles = try (0..<min(16, batch.count)).map { place in
            let image = batch.image(at: place)
            let labels = loader.dataset.labels(at: batch.indices[place]).map { loader.dataset.classNames[$0] }
            return ImageGrid.Tile(
                try Raster(width: image.width, height: image.height, pixels: image.pixels),
                captions: [labels.joined(separator: ", ")])
        }
        let side = Double(min(128, max(loader.width, loader.height)))
        let sheet = ImageGrid("", tiles, columns: 4, tileSize: Size(width: side, height: side))
        try events.write([.image("images/training", png: sheet.png())], step: 0)
    }
}

extension TrainingSetup {
    /// The network on the CPU, where a graph is recorded. A network on another device stays there, because the
    /// optimizer has its tensors; another one is made for the graph.
    fileprivate var networkOnCPU: any ImageNetwork {
        get throws {
            guard device.kind != .cpu else { return network }
            return try withDefaultDevice(.cpu) {
                let copy = try reference.architecture.makeNetwork(prepared.options)
                try copy.load(network.stateDict)
                return copy
            }
        }
    }
}
