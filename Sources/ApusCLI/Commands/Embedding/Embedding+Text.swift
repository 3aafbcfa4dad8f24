internal import Apus
internal import Foundation
internal import Images
internal import Platform
internal import TorchVision

extension EmbeddingMap {
    /// The points as the user wants them printed.
    func text(_ format: ListFormat, of dataset: DataDescription?) throws -> String {
        let isSplit = points.contains { $0.picture.split != nil }
        switch format {
        case .json: return try Console.json(WithDataset(self, dataset), pretty: true)
        case .csv:
            let lines = points.map { point in
                CSV.line(
                    [point.picture.path, point.picture.label ?? ""] + (isSplit ? [point.picture.split ?? ""] : [])
                        + [point.x.description, point.y.description])
            }
            return (["path,label," + (isSplit ? "split," : "") + "x,y"] + lines).joined(separator: "\n")
        case .table:
            var table = Table([("picture", .left), ("label", .left), ("x", .right), ("y", .right)])
            for point in points {
                table.add(
                    [point.picture.path, point.picture.label ?? ""]
                        + [point.x, point.y].map { String(format: "%.3f", $0) })
            }
            return table.text
        }
    }

    /// How good the map is.
    var summary: String? {
        switch method {
        case .pca:
            varianceRatio.map { ratio in
                "Of the features' variance x has \((ratio.first ?? 0).columnPercent), y \((ratio.dropFirst().first ?? 0).columnPercent)."
            }
        case .tsne:
            divergence.map { String(format: "The divergence that is left: %.3f.", $0) }
        }
    }
}

extension [Neighbour] {
    /// The neighbours as the user wants them printed.
    func text(_ format: ListFormat) throws -> String {
        switch format {
        case .json: return try Console.json(self, pretty: true)
        case .csv:
            return
                (["path,label,similarity"]
                + map { CSV.line([$0.picture.path, $0.picture.label ?? "", $0.similarity.description]) })
                .joined(separator: "\n")
        case .table:
            var table = Table([("", .right), ("picture", .left), ("label", .left), ("cosine", .right)])
            for (place, neighbour) in enumerated() {
                table.add(
                    [
                        (place + 1).description, neighbour.picture.path, neighbour.picture.label ?? "",
                        String(format: "%.3f", neighbour.similarity),
                    ])
            }
            return table.text
        }
    }
}
