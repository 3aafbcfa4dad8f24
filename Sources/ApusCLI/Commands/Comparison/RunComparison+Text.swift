internal import Apus
internal import Foundation
internal import Images
internal import Platform
internal import TorchVision

extension RunComparison {
    /// The metrics of each run, and a row for each setting that differs.
    var text: String {
        var columns: [(String, Table.Alignment)] = [
            ("run", .left), ("epochs", .right), ("best", .right), ("training \(accuracyName)", .right),
            ("validation \(accuracyName)", .right),
        ]
        if hasMultiLabel { columns.append(("validation mean average precision", .right)) }
        columns += [("training loss", .right), ("validation loss", .right)]
        var metrics = Table(columns)
        for outcome in outcomes {
            let best = outcome.best
            var cells: [String] = [
                outcome.name, "\(outcome.epochs) of \(outcome.plannedEpochs)", best.map { "\($0.epoch)" } ?? "–",
                best?.trainingAccuracy.columnPercent ?? "–", best?.validationAccuracy.columnPercent ?? "–",
            ]
            if hasMultiLabel { cells.append(best?.validationMeanAveragePrecision?.columnPercent ?? "–") }
            cells.append(best.map { String(format: "%.4f", $0.trainingLoss) } ?? "–")
            cells.append(best.map { String(format: "%.4f", $0.validationLoss) } ?? "–")
            metrics.add(cells)
        }
        guard outcomes.count > 1 else { return metrics.text }
        guard !differences.isEmpty else { return metrics.text + "\n\nThe runs have the same settings." }
        var settings = Table([("setting", .left)] + outcomes.map { ($0.name, .left) })
        for difference in differences { settings.add([difference.setting] + difference.values) }
        return metrics.text + "\n\n" + settings.text
    }

    /// One line per run: its metrics, then the settings that differ.
    var csv: String {
        var header = [
            "run", "directory", "epochs", "planned_epochs", "best_epoch", "training_loss", "training_accuracy",
            "validation_loss", "validation_accuracy",
        ]
        if hasMultiLabel { header.append("validation_mean_average_precision") }
        header += differences.map(\.setting)
        let rows = outcomes.enumerated().map { index, outcome in
            var row: [String] = [outcome.name, outcome.directory, "\(outcome.epochs)", "\(outcome.plannedEpochs)"]
            row.append(outcome.best.map { "\($0.epoch)" } ?? "")
            let values: [Double?] = [
                outcome.best?.trainingLoss, outcome.best?.trainingAccuracy, outcome.best?.validationLoss,
                outcome.best?.validationAccuracy,
            ]
            let precision = hasMultiLabel ? [outcome.best?.validationMeanAveragePrecision] : []
            row += (values + precision).map { value in value.map { "\($0)" } ?? "" }
            return row + differences.map { $0.values[index] == "–" ? "" : $0.values[index] }
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
