public import Drawing

extension EmbeddingMap {
    /// More classes than that can't be told by colours and shapes; their names stand on the map then.
    private static let mostGroups = 16

    /// The map as a picture: a colour and a shape for each class, named beside the map; where there are more than 16
    /// classes, named where most of their pictures lie.
    ///
    /// - Parameter classes: the classes in their order.
    public func chart(classes: [String], theme: Theme = .light) -> any Drawable {
        let places = Dictionary(grouping: points) { $0.picture.label }
        let isLabelled = places.keys.contains { $0 != nil }
        // Pictures of several classes have labels that are none of the list.
        let listed = Set(classes)
        let others = places.keys.compactMap(\.self).filter { !listed.contains($0) }.sorted()
        let names = isLabelled ? (classes + others).filter { places[$0] != nil } : [""]
        let groups = names.map { name in
            ScatterChart.Group(name, (isLabelled ? places[name] ?? [] : points).map { Drawing.Point(x: $0.x, y: $0.y) })
        }
        if groups.count > Self.mostGroups { return CrowdedMap(title: title, groups: groups, theme: theme) }
        let (x, y) = axes
        return ScatterChart(title, groups, x: Axis(x), y: Axis(y), theme: theme)
    }

    /// Writes `chart` to a file, `.png`, `.svg` or `.pdf`.
    ///
    /// - Throws: `DrawingError` where it can't be written.
    public func writeChart(to path: String, classes: [String]) throws { try chart(classes: classes).save(to: path) }

    private var title: String {
        let name = method == .pca ? "principal components" : "t-SNE"
        return "Features of \(points.count) pictures, \(name)"
    }

    private var axes: (String, String) {
        guard let varianceRatio, varianceRatio.count == 2 else { return ("", "") }
        return (
            "first, \(varianceRatio[0].percent) of the variance", "second, \(varianceRatio[1].percent) of the variance"
        )
    }
}
