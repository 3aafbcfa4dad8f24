public import Classifier
internal import Foundation

/// Several training runs beside each other: in which settings they differ, and what each came to.
public struct RunComparison: Sendable {
    /// A setting that is not the same in all runs, with its value in each.
    public struct Difference: Sendable, Codable, Equatable {
        /// The setting's name, as in `config.json`.
        public let setting: String
        /// Its value in each run, as in `config.json`.
        public let values: [String]
    }

    /// What a run came to.
    public struct Outcome: Sendable, Codable, Equatable {
        /// The run, by the end of its path.
        public let name: String
        /// Its folder.
        public let directory: String
        /// How many epochs it has done, and how many it was to do.
        public let epochs: Int, plannedEpochs: Int
        /// The figures of its best epoch; nil before the first is done.
        public let best: EpochMetrics?
    }

    /// The runs, in the order in which they were given.
    public let runs: [RunRecord]
    /// What each run came to.
    public let outcomes: [Outcome]
    /// The settings in which they differ; nothing for one run.
    public let differences: [Difference]

    /// What the runs' validation scores are: `accuracy`, `mean average precision`, or both where runs differ.
    package var validationMeasure: String {
        Set(runs.map { EpochMetrics.scoreName(isMultiLabel: $0.isMultiLabel) }).sorted().joined(separator: " or ")
    }

    /// Whether images may have several labels in any of the runs.
    package var hasMultiLabel: Bool { runs.contains(where: \.isMultiLabel) }

    /// What the runs' accuracies are: `accuracy`, `label accuracy`, or both where runs differ.
    package var accuracyName: String {
        Set(runs.map { EpochMetrics.accuracyName(isMultiLabel: $0.isMultiLabel) }).sorted().joined(separator: " or ")
    }

    /// Compares the runs of folders.
    ///
    /// - Throws: as `RunRecord.init(reading:)` does; `ApusError` without a folder.
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
                plannedEpochs: run.configuration.epochs, best: run.best)
        }
        let settings = try runs.map { run in
            try Self.settings(of: run.configuration).merging(["data path": run.data]) { $1 }
        }
        let names = Set(settings.flatMap(\.keys)).sorted()
        differences = names.compactMap { name in
            let values = settings.map { $0[name] ?? "–" }
            return Set(values).count > 1 ? Difference(setting: name, values: values) : nil
        }
    }

    /// As many of the last folders of each path as tell the runs apart.
    private static func names(of paths: [String]) -> [String] {
        let parts = paths.map { $0.split(separator: "/").map(String.init) }
        let longest = parts.map(\.count).max() ?? 1
        for count in 1...max(1, longest) {
            let names = parts.map { $0.suffix(count).joined(separator: "/") }
            if Set(names).count == Set(paths).count { return names.map { $0.isEmpty ? "/" : $0 } }
        }
        return paths
    }

    /// All settings by name; those within another one with a point between, as `data.layout`.
    private static func settings(of configuration: TrainingConfiguration) throws -> [String: String] {
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(configuration))
        var settings: [String: String] = [:]
        func add(_ value: Any, _ name: String) throws {
            if let object = value as? [String: Any] {
                for (key, value) in object { try add(value, name.isEmpty ? key : "\(name).\(key)") }
            } else if let text = value as? String {
                settings[name] = text
            } else {
                let options: JSONSerialization.WritingOptions = [
                    .fragmentsAllowed, .sortedKeys, .withoutEscapingSlashes,
                ]
                settings[name] = String(
                    decoding: try JSONSerialization.data(withJSONObject: value, options: options), as: UTF8.self)
            }
        }
        try add(object, "")
        return settings
    }
}
