public import Apus
public import ArgumentParser

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
