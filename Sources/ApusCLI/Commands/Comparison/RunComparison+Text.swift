internal import Apus
internal import Images
internal import Platform
internal import TorchVision

extension RunComparison {
    /// Returns the metrics of each run, and a row for each setting that differs, in lines of at most `width` columns.
    func text(width: Int?) -> String {
        var columns: [(String, Table.Alignment)] = [
            ("run", .left), ("epochs", .right), ("best", .right), ("training \(accuracyName)", .right),
            ("validation \(accuracyName)", .right),
        ]
        if hasMultiLabel { columns.append(("validation mean average precision", .right)) }
        columns += customMetrics.map { ($0, .right) }
        if hasCustomLoss { columns.append(("loss", .left)) }
        columns += [("training loss", .right), ("validation loss", .right)]
        var metrics = Table(columns)
        for outcome in outcomes {
            let best = outcome.best
            var cells: [String] = [
                outcome.name, "\(outcome.epochs) of \(outcome.plannedEpochs)", best.map { "\($0.epoch)" } ?? "–",
                best?.trainingAccuracy.columnPercent ?? "–", best?.validationAccuracy.columnPercent ?? "–",
            ]
            if hasMultiLabel { cells.append(best?.validationMeanAveragePrecision?.columnPercent ?? "–") }
            cells += customMetrics.map { best?.custom?[$0]?.fixed(4) ?? "–" }
            if hasCustomLoss { cells.append(outcome.loss ?? "cross entropy") }
            cells.append(best?.trainingLoss.fixed(4) ?? "–")
            cells.append(best?.validationLoss.fixed(4) ?? "–")
            metrics.add(cells)
        }
        let text = metrics.text(width: width)
        guard outcomes.count > 1 else { return text }
        guard !differences.isEmpty else { return text + "\n\nThe runs have the same settings." }
        var settings = Table([("setting", .left)] + outcomes.map { ($0.name, .left) })
        for difference in differences { settings.add([difference.setting] + difference.columnValues) }
        return text + "\n\n" + settings.text(width: width)
    }

    /// One line per run: its metrics, then the settings that differ, the custom metrics and the loss, if it is a custom
    /// one.
    var csv: String {
        var header = [
            "run", "directory", "epochs", "planned_epochs", "best_epoch", "training_loss", "training_accuracy",
            "validation_loss", "validation_accuracy",
        ]
        if hasMultiLabel { header.append("validation_mean_average_precision") }
        header += differences.map(\.setting) + customMetrics + (hasCustomLoss ? ["loss"] : [])
        let rows = outcomes.enumerated().map { index, outcome in
            var row: [String] = [outcome.name, outcome.directory, "\(outcome.epochs)", "\(outcome.plannedEpochs)"]
            row.append(outcome.best.map { "\($0.epoch)" } ?? "")
            let values: [Double?] = [
                outcome.best?.trainingLoss, outcome.best?.trainingAccuracy, outcome.best?.validationLoss,
                outcome.best?.validationAccuracy,
            ]
            let precision = hasMultiLabel ? [outcome.best?.validationMeanAveragePrecision] : []
            row += (values + precision).map { value in value.map { "\($0)" } ?? "" }
            row += differences.map { $0.values[index] == "–" ? "" : $0.values[index] }
            row += customMetrics.map { name in outcome.best?.custom?[name].map { "\($0)" } ?? "" }
            return row + (hasCustomLoss ? [outcome.loss ?? "cross entropy"] : [])
        }
        return ([header] + rows).map(CSV.line).joined(separator: "\n")
    }
}

extension RunComparison.Difference {
    /// The values of a setting, fractions with the same digits.
    fileprivate var columnValues: [String] {
        let numbers = values.map { Double($0) }
        guard values.contains(where: { $0.contains(".") || $0.contains("e-") }),
            zip(values, numbers).allSatisfy({ $0 == "–" || $1?.isFinite == true })
        else { return values }
        let format = columnFormat(numbers.compactMap(\.self))
        return zip(values, numbers).map { value, number in number.map(format) ?? value }
    }
}

/// What `apus compare --format json` prints.
struct ComparisonOutput: Encodable {
    let runs: [RunComparison.Outcome]
    let differences: [RunComparison.Difference]

    init(_ comparison: RunComparison) { (runs, differences) = (comparison.outcomes, comparison.differences) }
}
