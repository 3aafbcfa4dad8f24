public import Drawing

extension ConfusionMatrix {
    /// The matrix as a picture: the classes that are mistaken for each other stand near each other, colours are shares of
    /// the true class, and numbers in the cells, as long as they fit, are pictures.
    ///
    /// - Parameter most: at most so many classes, those in the most confused pairs; nil for all.
    /// - Throws: `DrawingError` where there is no class to show.
    public func figure(atMost most: Int? = nil, theme: Theme = .light) throws(DrawingError) -> MatrixChart {
        let shown = most.map { focus(on: $0) } ?? order
        let names = shown.map { labels[$0] }
        let isWhole = shown.count == order.count
        return try MatrixChart(
            isWhole ? "Confusion of \(names.count) classes" : "Confusion of the \(names.count) most confused classes",
            values: shares(in: shown).flatMap(\.self), rowLabels: names, columnLabels: names, rowTitle: "true class",
            columnTitle: "predicted class",
            texts: counts(in: shown).flatMap { $0.map { $0 == 0 ? "" : "\($0)" } }, range: 0...1,
            barLabel: "share of the true class", theme: theme, side: shown.count <= 6 ? 300 : nil)
    }

    /// The classes of the most confused pairs, in the matrix's order.
    func focus(on count: Int) -> [Int] {
        guard order.count > count else { return order }
        var chosen: Set<Int> = []
        for pair in mostConfused(cells.count) {
            guard chosen.union([pair.truth, pair.prediction]).count <= count else { continue }
            chosen.formUnion([pair.truth, pair.prediction])
        }
        return order.filter(chosen.contains)
    }
}
