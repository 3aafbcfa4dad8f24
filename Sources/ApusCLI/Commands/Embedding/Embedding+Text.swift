internal import Apus
internal import Images
internal import Platform
internal import TorchVision

extension EmbeddingMap {
    /// Returns the points in an output format.
    func text(_ format: ListFormat, of dataset: DataDescription?) throws -> String {
        let isSplit = points.contains { $0.image.split != nil }
        switch format {
        case .json: return try jsonText(WithDataset(self, dataset), pretty: true)
        case .csv:
            let lines = points.map { point in
                CSV.line(
                    [point.image.path, point.image.label ?? ""] + (isSplit ? [point.image.split ?? ""] : [])
                        + [point.x.description, point.y.description])
            }
            return (["path,label," + (isSplit ? "split," : "") + "x,y"] + lines).joined(separator: "\n")
        case .table:
            var table = Table([("image", .left), ("label", .left), ("x", .right), ("y", .right)])
            for point in points {
                table.add(
                    [point.image.path, point.image.label ?? ""]
                        + [point.x, point.y].map { String(printf: "%.3f", $0) })
            }
            return table.text
        }
    }

    /// The quality of the map.
    var summary: String? {
        switch method {
        case .pca:
            varianceRatio.map { ratio in
                "Explained variance: x \((ratio.first ?? 0).columnPercent), "
                    + "y \((ratio.dropFirst().first ?? 0).columnPercent)."
            }
        case .tsne:
            divergence.map { String(printf: "KL divergence: %.3f.", $0) }
        }
    }
}

extension [Neighbor] {
    /// Returns the neighbors in an output format.
    func text(_ format: ListFormat) throws -> String {
        switch format {
        case .json: return try jsonText(self, pretty: true)
        case .csv:
            return
                (["path,label,similarity"]
                + map { CSV.line([$0.image.path, $0.image.label ?? "", $0.similarity.description]) })
                .joined(separator: "\n")
        case .table:
            var table = Table([("", .right), ("image", .left), ("label", .left), ("cosine similarity", .right)])
            for (place, neighbor) in enumerated() {
                table.add(
                    [
                        (place + 1).description, neighbor.image.path, neighbor.image.label ?? "",
                        String(printf: "%.3f", neighbor.similarity),
                    ])
            }
            return table.text
        }
    }
}
