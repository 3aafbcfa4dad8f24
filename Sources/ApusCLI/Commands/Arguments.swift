public import Apus
public import ArgumentParser
internal import TorchVision

/// How figures are printed.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
}

/// How a list is printed.
enum ListFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
    case csv
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
