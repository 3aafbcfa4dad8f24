public import Classifier
internal import Foundation
public import Platform
public import Torch
public import TorchVision

/// The figures of a run for people, in Markdown: what was trained on what, how each epoch went, and what to do next.
func trainingReport(
    _ result: TrainingResult, plan: TrainingPlan, configuration: TrainingConfiguration
) -> String {
    let columns = EpochColumn.all(isMultiLabel: plan.isMultiLabel)
    func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
    let rows = result.epochs.map { epoch in
        row(
            ["\(epoch.epoch)\(epoch.epoch == result.best.epoch ? " (best)" : "")"]
                + columns.map { $0.text(epoch) })
    }
    let unreadable =
        result.unreadable > 0 ? "\n- pictures that could not be read and were left out: \(result.unreadable)" : ""
    let calibration =
        result.calibration.map { calibration in
            "\n- temperature \(calibration.temperature.fixed(3)): what logits are divided by before the softmax"
                + (calibration.unknownThreshold.map { "; below \($0.columnPercent) a picture is of no known class" }
                    ?? "")
        } ?? ""
    return """
        # \(plan.model) on \(plan.data.printable)

        **\(result.best.validationScore.columnPercent)** \
        \(plan.isMultiLabel ? "mean average precision on" : "of") \(plan.validationPictures) validation \
        pictures\(plan.isMultiLabel ? "" : " are recognised") (epoch \(result.best.epoch)).

        - \(plan.classes.count) classes: \(plan.classes.prefix(20).map(\.printable).joined(separator: ", "))\
        \(plan.classes.count > 20 ? ", …" : ""); labels from \(plan.dataset.labelLine.printable)
        - \(plan.dataset.imageLine.printable)\(unreadable)
        - strategy \(configuration.strategy)\(plan.head == .lastLayer ? "" : ", head \(plan.head)"): \
        \(plan.trainableParameters.grouped) of \(plan.parameters.grouped) parameters trained
        - transforms \(plan.transforms)
        - \(configuration.optimizer.rawValue), learning rate \(configuration.learningRate), \(configuration.schedule)\
        \(configuration.stageRate == 1 ? "" : " (\(configuration.stageRate) of it from stage to stage)"), batches of \
        \(configuration.batchSize), seed \(configuration.seed), on \(plan.device)\(calibration)

        \(row(["epoch"] + columns.map(\.title)))
        |\(String(repeating: "---|", count: columns.count + 1))
        \(rows.joined(separator: "\n"))\(result.lossNote.map { "\n\n\($0)" } ?? "")

        ## What the curves tell

        ![Loss, accuracy and learning rate](curves.png)

        \(result.findings.map { "- \("\($0)".printable)" }.joined(separator: "\n"))

        ## Next

        ```
        apus predict \(result.directory.best.printable) PICTURE...
        apus evaluate \(result.directory.best.printable) DATA
        ```

        """
}

/// A column of the table of epochs. Training and validation have the same columns, so that they can be compared.
package struct EpochColumn: Sendable {
    /// The heading.
    package let title: String
    /// The value of an epoch; nil where it has none.
    package let value: @Sendable (EpochMetrics) -> Double?
    /// The value as text.
    let format: @Sendable (Double) -> String

    /// The text of an epoch's cell.
    package func text(_ epoch: EpochMetrics) -> String { value(epoch).map(format) ?? "–" }

    /// The columns of a run, behind that of the epoch's number.
    package static func all(isMultiLabel: Bool) -> [EpochColumn] {
        let accuracy = EpochMetrics.accuracyName(isMultiLabel: isMultiLabel)
        let columns = [
            EpochColumn(title: "learning rate", value: { $0.learningRate }, format: { String(format: "%.4g", $0) }),
            EpochColumn(title: "training loss", value: { $0.trainingLoss }, format: { $0.fixed(4) }),
            EpochColumn(title: "training \(accuracy)", value: { $0.trainingAccuracy }, format: \.columnPercent),
            EpochColumn(title: "validation loss", value: { $0.validationLoss }, format: { $0.fixed(4) }),
            EpochColumn(title: "validation \(accuracy)", value: { $0.validationAccuracy }, format: \.columnPercent),
        ]
        guard isMultiLabel else { return columns }
        return columns + [
            EpochColumn(
                title: "validation \(EpochMetrics.scoreName(isMultiLabel: true))",
                value: { $0.validationMeanAveragePrecision }, format: \.columnPercent)
        ]
    }
}
