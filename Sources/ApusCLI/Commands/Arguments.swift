public import Apus
public import ArgumentParser
internal import Classifier
internal import Foundation
internal import Images
internal import Platform
public import TorchVision

/// How figures are printed.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
}

extension TrainingStrategy: ExpressibleByArgument {
    /// Reads `auto`, `frozen`, `last:2`, `all`, `gradual:1`.
    public init?(argument: String) { self.init(argument) }
}

extension OptimizerKind: ExpressibleByArgument {}

extension BestMetric: ExpressibleByArgument {}

extension TrainingPrecision: ExpressibleByArgument {}

extension EvaluationSplit: ExpressibleByArgument {}

extension EmbeddingMap.Method: ExpressibleByArgument {}

extension LabelReport.Ranking: ExpressibleByArgument {}

extension CheckedLabels.Treatment: ExpressibleByArgument {}

/// How a table or a list of images is read, in every command that opens data.
struct TableOptions: ParsableArguments {
    @Option(
        help: """
            Of a table, the column of the labels: its name, or its number from 1. Columns of 0 and 1, one for each class, \
            have commas between them.
            """)
    var labelColumn: String?

    @Option(help: "Of a table, the column that names the images: its name, or its number from 1.")
    var pathColumn: String?

    @Option(
        help: """
            Of a table, what separates the labels of an image in one column, such as ';' or ' '; none where each image has \
            one label, whatever signs it has. By default ';' and '|', where other labels bear that out.
            """)
    var labelSeparator: String?

    @Option(help: "Of a table or a list, the folder that paths count from. By default that of the file.")
    var root: String?

    /// The options, with others of the dataset.
    func options(labelPattern: String? = nil, classes: [String]? = nil) -> DatasetOptions {
        DatasetOptions(
            labelPattern: labelPattern, classes: classes, labelColumn: labelColumn, pathColumn: pathColumn,
            labelSeparator: labelSeparator, root: root)
    }
}

/// A result in JSON, and under `dataset` what was understood of the data behind it.
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

    /// The notation.
    public var defaultValueDescription: String { description }
}

/// The flags that the command line has. One that repeats its default is given all the same.
struct GivenFlags {
    /// `--lr` and so on, in their order.
    let names: [String]

    /// The long flags among arguments, by default those of the process.
    init(_ arguments: some Sequence<String> = ProcessInfo.processInfo.arguments.dropFirst()) {
        names = arguments.prefix { $0 != "--" }.filter { $0.hasPrefix("--") }.map { argument in
            String(argument.prefix { $0 != "=" })
        }
    }

    /// Those of some flags that are given.
    func among(_ flags: [String]) -> [String] { names.filter(flags.contains) }

    /// Refuses flags that have no effect with the other flags.
    ///
    /// - Parameters:
    ///   - flags: the flags in question.
    ///   - isIdle: whether they have no effect.
    ///   - reason: what they need, or why they have none.
    /// - Throws: `ValidationError` with those that are given.
    func refuse(_ flags: String..., where isIdle: Bool, _ reason: @autoclosure () -> String) throws {
        let given = among(flags)
        guard isIdle, !given.isEmpty else { return }
        throw ValidationError("\(given.joined(separator: ", ")): no effect here; \(reason()).")
    }
}
