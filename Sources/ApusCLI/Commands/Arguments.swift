public import Apus
public import ArgumentParser
internal import Classifier
internal import Foundation
internal import Images
internal import Platform
internal import TorchVision

/// The output format of metrics.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
}

extension TrainingStrategy: ExpressibleByArgument {
    /// Reads `auto`, `frozen`, `last:2`, `all`, `gradual:1`.
    public init?(argument: String) { self.init(argument) }
}

extension OptimizerKind: ExpressibleByArgument {}

extension BestMetric: ExpressibleByArgument {
    /// The metrics of the command; custom ones are for programs.
    public static var allValueStrings: [String] { ["accuracy", "loss"] }

    /// Reads one of them.
    public init?(argument: String) {
        guard Self.allValueStrings.contains(argument) else { return nil }
        self.init(argument)
    }
}

extension TrainingPrecision: ExpressibleByArgument {}

extension EvaluationSplit: ExpressibleByArgument {}

extension EmbeddingMap.Method: ExpressibleByArgument {}

extension LabelReport.Ranking: ExpressibleByArgument {}

extension CheckedLabels.Treatment: ExpressibleByArgument {}

/// The option for the videos of `apus predict`.
struct VideoOptions: ParsableArguments {
    @Option(
        help: """
            Read the frames of videos: one for each interval, such as 500ms, 1s or 2m. Default: 1s for a video that is \
            named, and no videos in folders.
            """,
        transform: { try FrameInterval($0) })
    var every: FrameInterval?

    /// The time between frames; nil if it is not given.
    var interval: Duration? { every?.duration }
}

/// The options for tables, lists and videos, in every command that opens data.
struct TableOptions: ParsableArguments {
    @Option(
        help: """
            Label column of a table: its name, or its number from 1. For one column of 0 and 1 per class: all of these \
            columns, separated by commas.
            """)
    var labelColumn: String?

    @Option(help: "Image path column of a table: its name, or its number from 1.")
    var pathColumn: String?

    @Option(
        help: """
            Separator of several labels in one column of a table, such as ';' or ' '. 'none' means one label per \
            image. Default: ';' and '|', if the parts are labels of other images, too.
            """)
    var labelSeparator: String?

    @Option(help: "Folder that the paths of a table or list are relative to. Default: the folder of the file.")
    var root: String?

    @Option(help: "Folder that keeps the images at URLs in a table or list. Default: they are fetched each time.")
    var cache: String?

    @Option(
        help: """
            Read the frames of the videos in DATA: one for each interval, such as 500ms, 1s or 2m. Default: videos are \
            left out.
            """,
        transform: { try FrameInterval($0) })
    var every: FrameInterval?

    /// The options of the dataset, with these options.
    func options(labelPattern: String? = nil, classes: [String]? = nil) -> DatasetOptions {
        var options = DatasetOptions(
            labelPattern: labelPattern, classes: classes, labelColumn: labelColumn, pathColumn: pathColumn,
            labelSeparator: labelSeparator, root: root, cache: cache)
        options.frameInterval = every?.duration
        return options
    }
}

/// A result in JSON, with the description of its data under `dataset`.
struct WithDataset<Value: Encodable>: Encodable {
    private let value: Value
    private let dataset: DataDescription?

    private enum CodingKeys: CodingKey { case dataset }

    init(_ value: Value, _ dataset: DataDescription?) { (self.value, self.dataset) = (value, dataset) }

    func encode(to encoder: any Encoder) throws {
        try value.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(dataset, forKey: .dataset)
    }
}

extension UnreadableLimit: ExpressibleByArgument {
    /// Reads `5%` or `20`.
    public init?(argument: String) { self.init(argument) }

    /// The limit as text.
    public var defaultValueDescription: String { description }
}

/// The flags on the command line, including those that repeat a default value.
struct GivenFlags {
    /// The flags in their order, such as `--lr`.
    let names: [String]

    /// The original bytes of the arguments of the process: `CommandLine.arguments` replaces what is not UTF-8.
    static let arguments = (1..<max(1, Int(CommandLine.argc))).compactMap { place in
        CommandLine.unsafeArgv[place].map { String(fileName: $0) }
    }

    /// Finds the long flags in arguments. Default: the arguments of the process.
    init(_ arguments: some Sequence<String> = ProcessInfo.processInfo.arguments.dropFirst()) {
        names = Self.renamed(arguments).prefix { $0 != "--" }.filter { $0.hasPrefix("--") }
            .map { String($0.prefix { $0 != "=" }) }
    }

    /// The flags of version 0.1 that have another name now.
    private static let formerNames = [
        "--stage-rate": "--layerwise-decay", "--spare-norms": "--no-norm-decay", "--unknown": "--coverage",
        "--neighbours": "--neighbors", "--calibration-pictures": "--calibration-images",
    ]

    /// Returns arguments with the flags of version 0.1 under their present names. Values stay as they are.
    static func renamed(_ arguments: some Sequence<String>) -> [String] {
        var isFlag = true
        return arguments.map { argument in
            isFlag = isFlag && argument != "--"
            let name = String(argument.prefix { $0 != "=" })
            guard isFlag, let present = formerNames[name] else { return argument }
            return present + argument.dropFirst(name.count)
        }
    }

    /// Returns the flags on the command line that are in a list.
    func among(_ flags: [String]) -> [String] { names.filter(flags.contains) }

    /// Rejects flags that have no effect with the other flags.
    ///
    /// - Parameters:
    ///   - flags: the flags.
    ///   - isIdle: whether they have no effect.
    ///   - reason: the end of the sentence, such as "without --int8".
    /// - Throws: `ValidationError` with the flags that are on the command line.
    func refuse(_ flags: String..., where isIdle: Bool, _ reason: @autoclosure () -> String) throws {
        let given = among(flags)
        guard isIdle, !given.isEmpty else { return }
        throw ValidationError(
            "\(given.joined(separator: ", ")) \(given.count == 1 ? "has" : "have") no effect \(reason()).")
    }
}
