public import Classifier
internal import Foundation
internal import Platform
internal import Torch

/// The state of a training run, read from its folder.
public struct RunRecord: Sendable {
    /// The folder.
    public let directory: RunDirectory
    /// The settings.
    public let configuration: TrainingConfiguration
    /// The path of its data.
    public let data: String
    /// The metrics of the validation images before training; nil if the run has none.
    public let initial: InitialMetrics?
    /// The metrics of each epoch that has ended.
    public let epochs: [EpochMetrics]
    /// The metrics of the steps, one summary for every few steps.
    public let steps: [StepSummary]
    /// Whether the data is multi-label. Accuracies are then of all labels.
    public let isMultiLabel: Bool
    /// The name of the custom loss; nil for the cross entropy.
    public let customLoss: String?
    /// The number of steps per epoch.
    let stepsPerEpoch: Int

    /// Reads the folder of a run, also of one that is still training or was interrupted.
    ///
    /// - Throws: `ApusError` if the folder has no run, or the run has not made a step; an error that names the file if
    ///   one is damaged.
    public init(reading path: String) throws {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let run = RunDirectory(reading: path)
        try run.checkAccess()
        guard fileExists(run.configuration), fileExists(run.metrics) || fileExists(run.steps) else {
            throw ApusError(
                .noRun, path: path,
                fileExists(path)
                    ? "no run is in this folder: it needs config.json, and metrics.csv or steps.csv"
                    : "there is no such folder",
                advice: "give the folder of a run, such as runs/mobilenet_v2-1")
        }
        let (configuration, data) = try TrainingConfiguration.read(run.configuration)
        let epochs = fileExists(run.metrics) ? try Self.metrics(run.metrics) : []
        let steps = fileExists(run.steps) ? try CurveLog.read(run.steps) : []
        guard !epochs.isEmpty || !steps.isEmpty else {
            throw ApusError(
                .noRun, path: path, "the run has not made a step yet", advice: "try again later")
        }
        let log = ((try? RunLog.read(run.log)) ?? []).map(\.event)
        let start = Self.start(in: log)
        self.init(
            directory: run, configuration: configuration, data: data ?? "", initial: Self.initial(in: log),
            epochs: epochs, steps: steps,
            stepsPerEpoch: Self.stepsPerEpoch(steps) ?? start?.stepsPerEpoch ?? steps.last?.step ?? 1,
            isMultiLabel: start?.isMultiLabel ?? false, customLoss: (try? RunInputs.read(of: run))?.loss)
    }

    /// Creates the record of a run in this process.
    init(
        directory: RunDirectory, configuration: TrainingConfiguration, data: String, initial: InitialMetrics? = nil,
        epochs: [EpochMetrics], steps: [StepSummary], stepsPerEpoch: Int, isMultiLabel: Bool, customLoss: String? = nil
    ) {
        self.directory = directory
        self.configuration = configuration
        self.data = data
        self.initial = initial
        self.epochs = epochs
        self.steps = steps
        self.stepsPerEpoch = max(1, stepsPerEpoch)
        self.isMultiLabel = isMultiLabel
        self.customLoss = customLoss
    }

    /// The best epoch by the run's own criterion; nil before the first epoch has ended.
    public var best: EpochMetrics? {
        epochs.reduce(nil) { best, next in
            best.map { next.isBetter(than: $0, by: configuration.metric) ? next : $0 } ?? next
        }
    }

    /// Returns the number of epochs from the start of the run to a step.
    func epochs(atStep step: Int) -> Double { Double(step) / Double(stepsPerEpoch) }

    /// The number of steps per epoch from the last summary of an epoch; nil while the first epoch runs.
    private static func stepsPerEpoch(_ steps: [StepSummary]) -> Int? {
        guard let later = steps.first(where: { $0.epoch > 1 }),
            let last = steps.last(where: { $0.epoch < later.epoch }), last.step % last.epoch == 0
        else { return nil }
        return last.step / last.epoch
    }

    /// The first event of the log; nil without a log.
    private static func start(in log: [LogEvent]) -> LogStart? {
        for case .started(let start) in log { return start }
        return nil
    }

    private static func initial(in log: [LogEvent]) -> InitialMetrics? {
        for case .initial(let metrics) in log { return metrics }
        return nil
    }

    private static func metrics(_ path: String) throws -> [EpochMetrics] {
        let lines = try LineFile.lines(of: path)
        let names = (lines.first ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        return try lines.dropFirst().enumerated().map { number, line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
            guard cells.count == names.count, cells.count >= 6, let epoch = cells[0].flatMap(Int.init(exactly:)),
                let rate = cells[1],
                let trainingLoss = cells[2], let trainingAccuracy = cells[3], let validationLoss = cells[4],
                let validationAccuracy = cells[5]
            else {
                throw FileError(
                    path: path, operation: "read", reason: "line \(number + 2) does not have the numbers of an epoch",
                    advice: "delete the line")
            }
            let others = zip(names, cells).dropFirst(6).reduce(into: [String: Double]()) { $0[$1.0] = $1.1 }
            let custom = others.filter { !RunDirectory.columns.contains($0.key) }
            return EpochMetrics(
                epoch: epoch, learningRate: rate, trainingLoss: trainingLoss, trainingAccuracy: trainingAccuracy,
                validationLoss: validationLoss, validationAccuracy: validationAccuracy,
                validationMeanAveragePrecision: RunDirectory.columns.last.flatMap { others[$0] },
                custom: custom.isEmpty ? nil : custom)
        }
    }
}
