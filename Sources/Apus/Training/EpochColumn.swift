internal import Foundation

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
