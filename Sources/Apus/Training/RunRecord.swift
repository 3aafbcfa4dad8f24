public import Classifier
internal import Foundation
internal import Platform
internal import Torch

/// What a training run has come to so far, as its folder tells.
public struct RunRecord: Sendable {
    /// The folder.
    public let directory: RunDirectory
    /// The settings.
    public let configuration: TrainingConfiguration
    /// Where its pictures lie.
    public let data: String
    /// The figures of each epoch that is done.
    public let epochs: [EpochMetrics]
    /// What each few steps came to.
    public let steps: [StepSummary]
    /// Whether images may have several labels, so that accuracies are of labels.
    public let isMultiLabel: Bool
    /// How many steps an epoch has.
    let stepsPerEpoch: Int

    /// Reads the folder of a run, also of one that is under way or was broken off.
    ///
    /// - Throws: `ApusError` where no run is in it, or nothing is done yet; an error that names the file where one is
    ///   damaged.
    public init(reading path: String) throws {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let run = RunDirectory(reading: path)
        try run.checkAccess()
        guard fileExists(run.configuration), fileExists(run.metrics) || fileExists(run.steps) else {
            throw ApusError(
                .noRun, path: path,
                fileExists(path)
                    ? "no run is in this folder (it would have config.json, and metrics.csv or steps.csv)"
                    : "there is no such folder",
                advice: "give the folder of a run, such as runs/mobilenet_v2-1")
        }
        let (configuration, data) = try TrainingConfiguration.read(run.configuration)
        let epochs = fileExists(run.metrics) ? try Self.metrics(run.metrics) : []
        let steps = fileExists(run.steps) ? try CurveLog.read(run.steps) : []
        guard !epochs.isEmpty || !steps.isEmpty else {
            throw ApusError(
                .noRun, path: path, "the run has not made a step yet", advice: "look again when it has")
        }
        let start = Self.start(of: run)
        self.init(
            directory: run, configuration: configuration, data: data ?? "", epochs: epochs, steps: steps,
            stepsPerEpoch: Self.stepsPerEpoch(steps) ?? start?.stepsPerEpoch ?? steps.last?.step ?? 1,
            isMultiLabel: start?.isMultiLabel ?? false)
    }

    /// What a run that is in this process has come to.
    init(
        directory: RunDirectory, configuration: TrainingConfiguration, data: String, epochs: [EpochMetrics],
        steps: [StepSummary], stepsPerEpoch: Int, isMultiLabel: Bool
    ) {
        self.directory = directory
        self.configuration = configuration
        self.data = data
        self.epochs = epochs
        self.steps = steps
        self.stepsPerEpoch = max(1, stepsPerEpoch)
        self.isMultiLabel = isMultiLabel
    }

    /// The epoch whose model is the best one, by the run's own measure; nil before the first is done.
    public var best: EpochMetrics? {
        epochs.reduce(nil) { best, next in
            best.map { next.isBetter(than: $0, by: configuration.metric) ? next : $0 } ?? next
        }
    }

    /// How many epochs a step lies from the start of the run.
    func epochs(atStep step: Int) -> Double { Double(step) / Double(stepsPerEpoch) }

    /// An epoch's last summary tells its last step; while the first epoch runs there is none, and the log knows how many
    /// there will be.
    private static func stepsPerEpoch(_ steps: [StepSummary]) -> Int? {
        guard let later = steps.first(where: { $0.epoch > 1 }),
            let last = steps.last(where: { $0.epoch < later.epoch }), last.step % last.epoch == 0
        else { return nil }
        return last.step / last.epoch
    }

    /// What the log says that the run began with; nil without a log.
    private static func start(of run: RunDirectory) -> LogStart? {
        for case .started(let start) in ((try? RunLog.read(run.log)) ?? []).map(\.event) { return start }
        return nil
    }

    private static func metrics(_ path: String) throws -> [EpochMetrics] {
        try LineFile.lines(of: path).dropFirst().enumerated().map { number, line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
            guard cells.count == 6 || cells.count == 7, let epoch = cells[0].flatMap(Int.init(exactly:)),
                let rate = cells[1],
                let trainingLoss = cells[2], let trainingAccuracy = cells[3], let validationLoss = cells[4],
                let validationAccuracy = cells[5]
            else {
                throw FileError(
                    path: path, operation: "read", reason: "line \(number + 2) has not the numbers of an epoch",
                    advice: "delete the line")
            }
            return EpochMetrics(
                epoch: epoch, learningRate: rate, trainingLoss: trainingLoss, trainingAccuracy: trainingAccuracy,
                validationLoss: validationLoss, validationAccuracy: validationAccuracy,
                validationMeanAveragePrecision: cells.count == 7 ? cells[6] : nil)
        }
    }
}
