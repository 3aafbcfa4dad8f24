internal import Apus
internal import Foundation
internal import TorchVision

extension RunComparison {
    /// What each run came to, and a row for each setting in which they differ.
    var text: String {
        var figures = Table(
            [
                ("run", .left), ("epochs", .right), ("best", .right), ("training \(accuracyName)", .right),
                ("validation \(accuracyName)", .right),
            ] + (hasMultiLabel ? [("validation mean average precision", .right)] : []) + [
                ("training loss", .right), ("validation loss", .right),
            ])
        for outcome in outcomes {
            let best = outcome.best
            let precision = best?.validationMeanAveragePrecision?.columnPercent ?? "–"
            figures.add(
                [
                    outcome.name, "\(outcome.epochs) of \(outcome.plannedEpochs)", best.map { "\($0.epoch)" } ?? "–",
                    best?.trainingAccuracy.columnPercent ?? "–", best?.validationAccuracy.columnPercent ?? "–",
                ] + (hasMultiLabel ? [precision] : []) + [
                    best.map { String(format: "%.4f", $0.trainingLoss) } ?? "–",
                    best.map { String(format: "%.4f", $0.validationLoss) } ?? "–",
                ])
        }
        guard outcomes.count > 1 else { return figures.text }
        guard !differences.isEmpty else { return figures.text + "\n\nThe runs have the same settings." }
        var settings = Table([("setting", .left)] + outcomes.map { ($0.name, .left) })
        for difference in differences { settings.add([difference.setting] + difference.values) }
        return figures.text + "\n\n" + settings.text
    }

    /// A line for each run: its figures, then the settings in which they differ.
    var csv: String {
        let header =
            [
                "run", "directory", "epochs", "planned_epochs", "best_epoch", "training_loss", "training_accuracy",
                "validation_loss", "validation_accuracy",
            ] + (hasMultiLabel ? ["validation_mean_average_precision"] : []) + differences.map(\.setting)
        let rows = outcomes.enumerated().map { index, outcome in
            let best = outcome.best.map {
                ["\($0.epoch)"]
                    + [$0.trainingLoss, $0.trainingAccuracy, $0.validationLoss, $0.validationAccuracy].map { "\($0)" }
                    + (hasMultiLabel ? [$0.validationMeanAveragePrecision.map { "\($0)" } ?? ""] : [])
            }
            return [outcome.name, outcome.directory, "\(outcome.epochs)", "\(outcome.plannedEpochs)"]
                + (best ?? [String](repeating: "", count: hasMultiLabel ? 6 : 5)) + differences.map { $0.values[index] }
        }
        return ([header] + rows).map(CSV.line).joined(separator: "\n")
    }
}

/// What `apus compare --format json` prints.
struct ComparisonOutput: Encodable {
    let runs: [RunComparison.Outcome]
    let differences: [RunComparison.Difference]

    init(_ comparison: RunComparison) { (runs, differences) = (comparison.outcomes, comparison.differences) }
}
