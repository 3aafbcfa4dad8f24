public import Classifier
public import Drawing
internal import Platform

extension Evaluation {
    /// The largest number of lines in a plot that can still be distinguished.
    private static let mostLines = 8

    /// Plots the ROC curves, of many classes those with the smallest areas under the curve; nil if there are none.
    public func rocPlot(theme: Theme = .light) -> LineChart? {
        // The curves of two classes are the same.
        let known = curves.filter { $0.areaUnderROC != nil }
        let shown = isMultiLabel ? known.sorted { ($0.areaUnderROC ?? 0) < ($1.areaUnderROC ?? 0) } : known.suffix(1)
        guard !shown.isEmpty else { return nil }
        return LineChart(
            title("ROC curve", shown.count),
            shown.prefix(Self.mostLines).map { curve in
                LineChart.Series(
                    "\(curve.name ?? curve.label): AUC \(String(printf: "%.4f", curve.areaUnderROC ?? 0))",
                    curve.roc.map { Point(x: $0.falsePositiveRate, y: $0.truePositiveRate) })
            }, marks: [.diagonal], x: Axis("false positive rate", format: .percent, range: 0...1),
            y: Axis("true positive rate", format: .percent, range: 0...1), theme: theme,
            size: Size(width: 800, height: 460))
    }

    /// Plots the precision-recall curves, of many classes those with the smallest areas; nil if there are none.
    public func precisionRecallPlot(theme: Theme = .light) -> LineChart? {
        let shown = isMultiLabel ? curves.sorted { $0.averagePrecision < $1.averagePrecision } : curves
        guard !shown.isEmpty else { return nil }
        return LineChart(
            title("Precision-recall curve", shown.count),
            shown.prefix(Self.mostLines).map { curve in
                LineChart.Series(
                    "\(curve.name ?? curve.label): AP \(String(printf: "%.4f", curve.averagePrecision))",
                    curve.precisionRecall.map { Point(x: $0.recall, y: $0.precision) })
            }, x: Axis("recall", format: .percent, range: 0...1),
            y: Axis("precision", format: .percent, range: 0...1), theme: theme,
            size: Size(width: 800, height: 460))
    }

    private func title(_ name: String, _ count: Int) -> String {
        count > Self.mostLines ? "\(name), lowest \(Self.mostLines) of \(count) classes" : name
    }
}

extension Evaluation {
    /// Plots the reliability diagram: the accuracy of predictions by confidence, without and with the temperature, and
    /// below it the number of predictions by confidence. Nil for multi-label data.
    ///
    /// T is the temperature, ECE the expected calibration error. Below the diagonal the network is overconfident. The
    /// bands are 95 % confidence intervals.
    public func reliabilityPlot(theme: Theme = .light) -> Stack? {
        guard let uncalibrated else { return nil }
        var kinds = [("T = 1", uncalibrated)]
        if let calibrated, let temperature {
            kinds.append((String(printf: "T = %.3g", temperature), calibrated))
        }
        let confidence = Axis("confidence: probability of the predicted class", format: .percent, range: 0...1)
        let lines = LineChart(
            "Reliability diagram",
            kinds.map { name, metrics in
                let bins = metrics.bins.filter { $0.count > 0 }
                return LineChart.Series(
                    "\(name), ECE \(NumberText.percent(metrics.expectedCalibrationError))",
                    bins.map { Point(x: $0.confidence, y: $0.accuracy) },
                    band: bins.map {
                        let fraction = FractionEstimate(
                            hits: Int(($0.accuracy * Double($0.count)).rounded()), of: $0.count)
                        return fraction.lower...fraction.upper
                    }, showsPoints: true)
            }, marks: [.diagonal], x: confidence, y: Axis("accuracy", format: .percent, range: 0...1),
            theme: theme, size: Size(width: 800, height: 420))
        let counts = kinds.enumerated().map { place, kind in
            Histogram(
                "Images by confidence, \(kind.0)", edges: kind.1.bins.map(\.lower) + [1],
                counts: kind.1.bins.map { Double($0.count) }, x: confidence,
                y: Axis("images", startsAtZero: true, isWhole: true), color: theme.palette[place], theme: theme,
                size: Size(width: 800 / Double(kinds.count), height: 220))
        }
        return Stack(.rows, [lines, Stack(.columns, counts, theme: theme)], theme: theme)
    }
}

extension ConfusionMatrix {
    /// Plots the confusion matrix. Classes that are often confused are next to each other, colors are percentages of
    /// the true class, and cells show the number of images if it fits.
    ///
    /// - Parameters:
    ///   - most: the largest number of classes, those in the most confused pairs; nil for all.
    ///   - theme: the colors.
    /// - Throws: `DrawingError` if there is no class to show.
    public func plot(atMost most: Int? = nil, theme: Theme = .light) throws(DrawingError) -> MatrixChart {
        let shown = most.map { focus(on: $0) } ?? order
        let names = shown.map(displayName)
        let isWhole = shown.count == order.count
        return try MatrixChart(
            isWhole
                ? "Confusion matrix of \(names.count) classes"
                : "Confusion matrix of the \(names.count) most confused classes",
            values: fractions(in: shown).flatMap(\.self), rowLabels: names, columnLabels: names, rowTitle: "true class",
            columnTitle: "predicted class",
            texts: counts(in: shown).flatMap { $0.map { $0 == 0 ? "" : "\($0)" } }, range: 0...1,
            barLabel: "percentage of the true class", barFormat: .percent,
            theme: theme, side: shown.count <= 6 ? 300 : nil)
    }

    /// Returns the classes of the most confused pairs, in the order of the matrix.
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
    /// Plots the recall of each class as bars, the lowest first, with 95 % confidence intervals; nil if no class has
    /// images.
    ///
    /// - Parameters:
    ///   - most: the largest number of classes.
    ///   - theme: the colors.
    public func recallPlot(atMost most: Int = 60, theme: Theme = .light) -> BarChart? {
        let known = classes.filter { $0.support > 0 }
        guard !known.isEmpty else { return nil }
        let shown = known.sorted { ($0.scores.recall, $0.index) < ($1.scores.recall, $1.index) }.prefix(most)
        let title =
            shown.count < known.count
            ? "Recall by class, lowest \(shown.count) of \(known.count)" : "Recall by class"
        return BarChart(
            title,
            shown.map { result in
                let fraction = FractionEstimate(hits: result.correct, of: result.support)
                return BarChart.Bar(
                    result.name ?? result.label, fraction.value,
                    note: "\(NumberText.percent(fraction.value)) of \(result.support)",
                    interval: fraction.lower...fraction.upper)
            }, axis: Axis("recall", format: .percent, range: 0...1),
            reference: (macro.recall, "macro avg \(NumberText.percent(macro.recall))"), theme: theme)
    }
}
