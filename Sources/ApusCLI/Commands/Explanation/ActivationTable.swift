internal import Apus
internal import Foundation

/// The figures of layers as a table, a line a layer.
struct ActivationTable {
    private let figures: [ActivationStatistics]

    init(_ figures: [ActivationStatistics]) { self.figures = figures }

    var text: String {
        var table = Table([
            ("layer", .left), ("type", .left), ("channels", .right), ("mean", .right), ("deviation", .right),
            ("zeros", .right), ("dead", .right), ("constant", .right),
        ])
        for layer in figures {
            table.add([
                layer.layer, layer.type, layer.channels.grouped, number(layer.mean), number(layer.standardDeviation),
                layer.zeroShare.columnPercent, count(layer.deadChannels), count(layer.constantChannels),
            ])
        }
        return table.text
    }

    private func number(_ value: Double) -> String { String(format: "%.4g", value) }

    /// Nothing is shown as nothing, so that the eye finds the rest.
    private func count(_ channels: [Int]) -> String { channels.isEmpty ? "" : channels.count.grouped }
}
