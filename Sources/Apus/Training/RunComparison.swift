public import Classifier
internal import Foundation

/// A comparison of training runs: the settings in which they differ, and the result of each.
public struct RunComparison: Sendable {
    /// A setting that differs between runs, with its value in each.
    public struct Difference: Sendable, Codable, Equatable {
        /// The setting's key in `config.json`, which is the name of its flag.
        public let setting: String
        /// Its value in each run, as in `config.json`.
        public let values: [String]
    }

    /// The result of a run.
    public struct Outcome: Sendable, Codable, Equatable {
        /// The name of the run: the end of its path.
        public let name: String
        /// Its folder.
        public let directory: String
        /// The number of epochs that are done, and the number of planned epochs.
        public let epochs: Int, plannedEpochs: Int
        /// The metrics of its best epoch; nil before the first epoch has ended.
        public let best: EpochMetrics?
        /// The name of its custom loss; nil for the cross entropy.
        public let loss: String?
    }

    /// The runs, in the given order.
    public let runs: [RunRecord]
    /// The result of each run.
    public let outcomes: [Outcome]
    /// The settings in which the runs differ; empty for one run.
    public let differences: [Difference]

    /// The name of the validation score: `accuracy`, `mean average precision`, or both if runs differ.
    package var validationMeasure: String {
        Set(runs.map { EpochMetrics.scoreName(isMultiLabel: $0.isMultiLabel) }).sorted().joined(separator: " or ")
    }

    /// Whether any of the runs is multi-label.
    package var hasMultiLabel: Bool { runs.contains(where: \.isMultiLabel) }

    /// The name of the accuracy: `accuracy`, `label accuracy`, or both if runs differ.
    package var accuracyName: String {
        Set(runs.map { EpochMetrics.accuracyName(isMultiLabel: $0.isMultiLabel) }).sorted().joined(separator: " or ")
    }

    /// The names of the losses: `cross entropy` and those of custom losses. `loss` if all are the cross entropy.
    package var lossNames: [String] {
        let names = Set(runs.map { $0.customLoss ?? "cross entropy" })
        return names == ["cross entropy"] ? ["loss"] : names.sorted()
    }

    /// Whether any of the runs has a custom loss.
    package var hasCustomLoss: Bool { runs.contains { $0.customLoss != nil } }

    /// The names of the custom metrics of all runs.
    package var customMetrics: [String] {
        Set(runs.flatMap { ($0.epochs.last?.custom ?? [:]).keys }).sorted()
    }

    /// Compares the runs in folders.
    ///
    /// - Throws: The errors of `RunRecord.init(reading:)`; `ApusError` without a folder.
    public init(reading paths: [String]) throws {
        guard !paths.isEmpty else {
            throw ApusError(.noRun, "there are no runs to compare", advice: "give their folders")
        }
        try self.init(paths.map { try RunRecord(reading: $0) })
    }

    /// Compares runs.
    public init(_ runs: [RunRecord]) throws {
        self.runs = runs
        outcomes = zip(runs, Self.names(of: runs.map(\.directory.path))).map { run, name in
            Outcome(
                name: name, directory: run.directory.path, epochs: run.epochs.count,
                plannedEpochs: run.configuration.epochs, best: run.best, loss: run.customLoss)
        }
        let settings = try runs.map { run in
            try Self.settings(of: run.configuration).merging(["data": run.data]) { $1 }
        }
        let names = Set(settings.flatMap(\.keys)).sorted()
        differences = names.compactMap { name in
            let values = settings.map { $0[name] ?? "–" }
            return Set(values).count > 1 ? Difference(setting: name, values: values) : nil
        }
    }

    /// The shortest ends of the paths that are different for all runs.
    private static func names(of paths: [String]) -> [String] {
        let parts = paths.map { $0.split(separator: "/").map(String.init) }
        let longest = parts.map(\.count).max() ?? 1
        for count in 1...max(1, longest) {
            let names = parts.map { $0.suffix(count).joined(separator: "/") }
            if Set(names).count == Set(paths).count { return names.map { $0.isEmpty ? "/" : $0 } }
        }
        return paths
    }

    /// The values of all settings by their keys in `config.json`.
    private static func settings(of configuration: TrainingConfiguration) throws -> [String: String] {
        try ConfigurationFile(configuration).settings().mapValues(\.plainText)
    }
}
