public import Drawing
internal import Foundation

extension Evaluation {
    /// So many lines can be told apart.
    private static let mostLines = 8

    /// The receiver operating characteristics, those with the smallest areas where there are many; nil where there are
    /// none.
    public func rocFigure(theme: Theme = .light) -> LineChart? {
        // Of two classes both curves are the same.
        let known = curves.filter { $0.areaUnderROC != nil }
        let shown = isMultiLabel ? known.sorted { ($0.areaUnderROC ?? 0) < ($1.areaUnderROC ?? 0) } : known.suffix(1)
        guard !shown.isEmpty else { return nil }
        return LineChart(
            title("Receiver operating characteristic", shown.count),
            shown.prefix(Self.mostLines).map { curve in
                LineChart.Series(
                    "\(curve.label): area \(String(format: "%.4f", curve.areaUnderROC ?? 0))",
                    curve.roc.map { Point(x: $0.falsePositiveRate, y: $0.truePositiveRate) })
            }, marks: [.diagonal], x: Axis("share of the others taken for the class", format: .percent, range: 0...1),
            y: Axis("share of the class found", format: .percent, range: 0...1), theme: theme,
            size: Size(width: 800, height: 460))
    }

    /// The curves of precision over recall, those with the smallest areas where there are many; nil where there are none.
    public func precisionRecallFigure(theme: Theme = .light) -> LineChart? {
        let shown = isMultiLabel ? curves.sorted { $0.averagePrecision < $1.averagePrecision } : curves
        guard !shown.isEmpty else { return nil }
        return LineChart(
            title("Precision over recall", shown.count),
            shown.prefix(Self.mostLines).map { curve in
                LineChart.Series(
                    "\(curve.label): average \(String(format: "%.4f", curve.averagePrecision))",
                    curve.precisionRecall.map { Point(x: $0.recall, y: $0.precision) })
            }, x: Axis("recall: share of the class found", format: .percent, range: 0...1),
            y: Axis("precision: share that is right", format: .percent, range: 0...1), theme: theme,
            size: Size(width: 800, height: 460))
    }

    private func title(_ name: String, _ count: Int) -> String {
        count > Self.mostLines ? "\(name), the lowest \(Self.mostLines) of \(count) classes" : name
    }
}
