public import Classifier
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

extension Evaluation {
    /// The reliability diagram: how often answers of each confidence are right, without and with the temperature, and below
    /// how many answers have that confidence. Nil where pictures may show several classes.
    ///
    /// T is the temperature, ECE the expected calibration error. Where a line runs below the diagonal, the network is surer than it should be. The bands hold the true share in 95
    /// of 100 samples.
    public func reliabilityFigure(theme: Theme = .light) -> Stack? {
        guard let uncalibrated else { return nil }
        var kinds = [("T = 1", uncalibrated)]
        if let calibrated, let temperature {
            kinds.append((String(format: "T = %.3g", temperature), calibrated))
        }
        let confidence = Axis("confidence: probability of the predicted class", format: .percent, range: 0...1)
        let lines = LineChart(
            "Reliability",
            kinds.map { name, figures in
                let bins = figures.bins.filter { $0.count > 0 }
                return LineChart.Series(
                    "\(name), ECE \(NumberText.percent(figures.expectedCalibrationError))",
                    bins.map { Point(x: $0.confidence, y: $0.accuracy) },
                    band: bins.map {
                        let share = ShareEstimate(
                            hits: Int(($0.accuracy * Double($0.count)).rounded()), of: $0.count)
                        return share.lower...share.upper
                    }, showsPoints: true)
            }, marks: [.diagonal], x: confidence, y: Axis("share that is right", format: .percent, range: 0...1),
            theme: theme, size: Size(width: 800, height: 420))
        let counts = kinds.enumerated().map { place, kind in
            Histogram(
                "Pictures by confidence, \(kind.0)", edges: kind.1.bins.map(\.lower) + [1],
                counts: kind.1.bins.map { Double($0.count) }, x: confidence,
                y: Axis("pictures", startsAtZero: true, isWhole: true), color: theme.palette[place], theme: theme,
                size: Size(width: 800 / Double(kinds.count), height: 220))
        }
        return Stack(.rows, [lines, Stack(.columns, counts, theme: theme)], theme: theme)
    }
}

extension ConfusionMatrix {
    /// The matrix as a picture: the classes that are mistaken for each other stand near each other, colours are shares of
    /// the true class, and numbers in the cells, as long as they fit, are pictures.
    ///
    /// - Parameters:
    ///   - most: at most so many classes, those in the most confused pairs; nil for all.
    ///   - theme: the colors.
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

extension Evaluation {
    /// The recall of each class as bars, the lowest first, with the intervals that hold the true one in 95 of 100 samples;
    /// nil where no class has pictures.
    ///
    /// - Parameters:
    ///   - most: at most so many classes.
    ///   - theme: the colors.
    public func classFigure(atMost most: Int = 60, theme: Theme = .light) -> BarChart? {
        let known = classes.filter { $0.support > 0 }
        guard !known.isEmpty else { return nil }
        let shown = known.sorted { ($0.scores.recall, $0.index) < ($1.scores.recall, $1.index) }.prefix(most)
        let title =
            shown.count < known.count
            ? "Recall of the \(shown.count) classes of \(known.count) where it is lowest" : "Recall of each class"
        return BarChart(
            title,
            shown.map { result in
                let share = ShareEstimate(hits: result.correct, of: result.support)
                return BarChart.Bar(
                    result.label, share.value, note: "\(NumberText.percent(share.value)) of \(result.support)",
                    interval: share.lower...share.upper)
            }, axis: Axis("share of the class's pictures that is recognised", format: .percent, range: 0...1),
            reference: (macro.recall, "mean \(NumberText.percent(macro.recall))"), theme: theme)
    }
}
