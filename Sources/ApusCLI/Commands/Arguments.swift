public import Apus
public import ArgumentParser

/// How figures are printed.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
}

extension TrainingStrategy: ExpressibleByArgument {
    /// Reads `frozen`, `last:2`, `all`.
    public init?(argument: String) { self.init(argument) }
}

extension OptimizerKind: ExpressibleByArgument {}

extension EvaluationSplit: ExpressibleByArgument {}
