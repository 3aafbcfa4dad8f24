package import Classifier
internal import Drawing
internal import Foundation
internal import Platform
internal import Torch
internal import TorchVision

/// Returns the report of a run as Markdown: the data, the network, the metrics of each epoch, and the next commands.
func trainingReport(
    _ result: TrainingResult, plan: TrainingPlan, configuration: TrainingConfiguration
) -> String {
    let columns = EpochColumn.all(of: result)
    let optimizer = configuration.optimizer
    func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
    let rows = result.epochs.map { epoch in
        row(
            ["\(epoch.epoch)\(epoch.epoch == result.best.epoch ? " (best)" : "")"]
                + columns.map { $0.text(epoch) })
    }
    let initialRow = result.initial.map { initial in [row(["0"] + columns.map { $0.text(initial) })] } ?? []
    let unreadable =
        result.unreadable > 0 ? "\n- images that could not be read and were left out: \(result.unreadable)" : ""
    let calibration =
        result.calibration.map { calibration in
            "\n- temperature \(calibration.temperature.fixed(3)), by which logits are divided before the softmax"
                + (calibration.unknownThreshold.map { "; images below \($0.columnPercent) are rejected as unknown" }
                    ?? "")
        } ?? ""
    return """
        # \(plan.model) on \(plan.data.printable)

        \(result.verdict.map { "\($0.printable)\n\n" } ?? "")\
        **\(result.best.validationScore.columnPercent)** \
        \(plan.isMultiLabel ? "mean average precision on" : "of") \(plan.validationImages) validation \
        images\(plan.isMultiLabel ? "" : " are correct") (epoch \(result.best.epoch)).

        - \(plan.classes.count) classes: \(plan.classWords.prefix(20).map(\.printable).joined(separator: ", "))\
        \(plan.classes.count > 20 ? ", …" : ""); labels from \(plan.dataset.labelLine.printable)
        - \(plan.dataset.imageLine.printable)\(unreadable)
        - strategy \(configuration.network.strategy)\(plan.head == .lastLayer ? "" : ", head \(plan.head)"): \
        \(plan.trainableParameters.grouped) of \(plan.parameters.grouped) parameters trained
        - transforms \(plan.transforms)
        - \(optimizer.kind.rawValue), learning rate \(optimizer.learningRate), \(optimizer.schedule)\
        \(optimizer.layerwiseDecay == 1 ? "" : " (layer-wise decay \(optimizer.layerwiseDecay))"), batches of \
        \(configuration.data.batchSize), seed \(configuration.seed), on \(plan.deviceWords)\(calibration)

        \(row(["epoch"] + columns.map(\.title)))
        |\(String(repeating: "---|", count: columns.count + 1))
        \((initialRow + rows).joined(separator: "\n"))\(result.lossNote.map { "\n\n\($0)" } ?? "")

        ## Diagnosis

        \(DrawingLibraries.isAvailable ? "![Loss, accuracy and learning rate](curves.png)\n" : "")
        \(result.findings.map { "- \("\($0)".printable)" }.joined(separator: "\n"))

        ## Next

        ```
        apus predict \(result.directory.best.printable) IMAGE...
        apus evaluate \(result.directory.best.printable) DATA
        ```

        """
}

/// A column of the table of epochs.
package struct EpochColumn: Sendable {
    /// The heading.
    package let title: String
    /// Returns the value of an epoch; nil if it has none.
    package let value: @Sendable (EpochMetrics) -> Double?
    /// Returns the value before training, of epoch 0; nil if it has none.
    package var initial: @Sendable (InitialMetrics) -> Double? = { _ in nil }
    /// Returns the value as text.
    let format: @Sendable (Double) -> String

    /// Returns the text of an epoch's cell.
    package func text(_ epoch: EpochMetrics) -> String { value(epoch).map(format) ?? "–" }

    /// Returns the text of the cell of epoch 0.
    package func text(_ metrics: InitialMetrics) -> String { initial(metrics).map(format) ?? "–" }

    /// Returns the columns of a run after the number of the epoch.
    package static func all(of result: TrainingResult) -> [EpochColumn] {
        let isMultiLabel = result.isMultiLabel
        let accuracy = EpochMetrics.accuracyName(isMultiLabel: isMultiLabel)
        let custom = (result.best.custom ?? [:]).keys.sorted().map { name in
            EpochColumn(title: name, value: { $0.custom?[name] }, format: { $0.fixed(4) })
        }
        let columns = [
            EpochColumn(
                title: "learning rate", value: { $0.learningRate },
                format: columnFormat(result.epochs.map(\.learningRate))),
            EpochColumn(title: "training loss", value: { $0.trainingLoss }, format: { $0.fixed(4) }),
            EpochColumn(title: "training \(accuracy)", value: { $0.trainingAccuracy }, format: \.columnPercent),
            EpochColumn(
                title: "validation loss", value: { $0.validationLoss }, initial: { $0.validationLoss },
                format: { $0.fixed(4) }),
            EpochColumn(
                title: "validation \(accuracy)", value: { $0.validationAccuracy }, initial: { $0.validationAccuracy },
                format: \.columnPercent),
        ]
        guard isMultiLabel else { return columns + custom }
        return columns + [
            EpochColumn(
                title: "validation \(EpochMetrics.scoreName(isMultiLabel: true))",
                value: { $0.validationMeanAveragePrecision }, initial: { $0.validationMeanAveragePrecision },
                format: \.columnPercent)
        ] + custom
    }
}
