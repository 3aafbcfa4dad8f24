internal import Classifier
public import Drawing

extension RateCurve {
    /// The curve as a chart: the losses and their smoothed mean over the logarithm of the rate, with the suggestions.
    /// The rise at the end, where training comes apart, is cut off above what lies before it.
    public func figure(theme: Theme = .light) -> LineChart {
        func places(_ loss: (Point) -> Double) -> [Drawing.Point] {
            points.map { Drawing.Point(x: $0.rate, y: loss($0)) }
        }
        let suggestions: [(name: String, rate: Double?)] = [("steepest", steepest), ("valley", valley)]
        let marks: [LineChart.Mark] = suggestions.compactMap { name, rate in
            guard let rate, let point = points.first(where: { $0.rate >= rate }) else { return nil }
            return .point(
                Drawing.Point(x: point.rate, y: point.smoothed), "\(name): \(NumberText.short(rate))", series: 1)
        }
        return LineChart(
            "Loss at rising learning rates",
            [
                LineChart.Series("of each step", places(\.loss), color: theme.palette[0], isFaint: true),
                LineChart.Series("smoothed", places(\.smoothed), color: theme.palette[0]),
            ], marks: marks, x: Axis("learning rate", .logarithmic), y: Axis("loss", range: lossRange), theme: theme,
            size: Size(width: 800, height: 380))
    }

    /// From the lowest mean to the highest one before it; where it falls nowhere, what four of five means lie in.
    private var lossRange: ClosedRange<Double>? {
        let smoothed = points.map(\.smoothed)
        guard let lowest = smoothed.min() else { return nil }
        let before = smoothed.prefix { $0 > lowest }.max() ?? lowest
        let top = max(before, smoothed.sorted()[smoothed.count * 4 / 5])
        let height = max(top - lowest, 0.02 * abs(lowest))
        return height > 0 ? lowest - 0.2 * height...top + 0.4 * height : nil
    }
}

extension RunComparison {
    /// The runs laid over each other: validation loss and accuracy, training loss and learning rate over the epochs. A
    /// ring marks the best epoch of each.
    public func figure(theme: Theme = .light) -> Stack {
        if runs.count == 1 { return runs[0].figure(title: outcomes[0].name, theme: theme) }
        func chart(
            _ title: String, _ axis: Axis, marks: [LineChart.Mark] = [], height: Double = 300,
            _ points: (RunRecord) -> [Point]
        ) -> LineChart {
            LineChart(
                title,
                zip(runs, outcomes).map { run, outcome in
                    LineChart.Series(outcome.name, points(run), showsPoints: run.epochs.count <= 15 && height == 300)
                }, marks: marks, x: RunRecord.epochAxis, y: axis, theme: theme,
                size: Size(width: RunRecord.panelSize.width, height: height))
        }
        func bestMarks(_ figure: (EpochMetrics) -> Double) -> [LineChart.Mark] {
            outcomes.enumerated().compactMap { index, outcome in
                outcome.best.map { .point(Point(x: Double($0.epoch), y: figure($0)), "", series: index) }
            }
        }
        let rates = runs.flatMap(\.ratePoints)
        return Stack(
            .rows,
            [
                chart(
                    "Validation \(validationMeasure)", Axis(validationMeasure, format: .percent),
                    marks: bestMarks(\.validationScore)
                ) { $0.points(\.validationScore) },
                chart("Validation loss", Axis("loss", startsAtZero: true), marks: bestMarks(\.validationLoss)) {
                    $0.points(\.validationLoss)
                },
                chart("Training loss", Axis("loss", startsAtZero: true)) { $0.points(\.trainingLoss) },
                chart(
                    "Learning rate", Axis("learning rate", RunRecord.rateScale(rates), startsAtZero: true), height: 220
                ) { $0.ratePoints },
            ], theme: theme)
    }
}

extension RunRecord {
    /// The curves of the run below each other: loss, accuracy and learning rate over the epochs, the best epoch marked.
    public func figure(title: String = "", theme: Theme = .light) -> Stack {
        let training = "training", validation = "validation"
        let losses = LineChart(
            "Loss" + bestWords { NumberText.short($0.validationLoss) },
            [
                LineChart.Series(training, points(\.trainingLoss), showsPoints: isShort),
                LineChart.Series(validation, points(\.validationLoss), showsPoints: isShort),
            ] + stepSeries(\.loss, theme), marks: bestMark(\.validationLoss), x: Self.epochAxis,
            y: Axis("loss", range: lossRange, startsAtZero: true), theme: theme, size: Self.panelSize)
        let accuracy = EpochMetrics.accuracyName(isMultiLabel: isMultiLabel)
        let accuracies = LineChart(
            accuracy.prefix(1).uppercased() + accuracy.dropFirst()
                + bestWords { NumberText.percent($0.validationAccuracy) },
            [
                LineChart.Series(training, points(\.trainingAccuracy), showsPoints: isShort),
                LineChart.Series(validation, points(\.validationAccuracy), showsPoints: isShort),
            ] + stepSeries(\.accuracy, theme), marks: bestMark(\.validationAccuracy), x: Self.epochAxis,
            y: Axis(accuracy, format: .percent), theme: theme, size: Self.panelSize)
        let precisions = LineChart(
            "Validation mean average precision" + bestWords { NumberText.percent($0.validationScore) },
            [LineChart.Series("", points(\.validationScore), showsPoints: isShort)],
            marks: bestMark(\.validationScore, series: 0), x: Self.epochAxis,
            y: Axis("mean average precision", format: .percent), theme: theme, size: Self.panelSize)
        let rates = LineChart(
            "Learning rate", [LineChart.Series("", ratePoints)], x: Self.epochAxis,
            y: Axis("learning rate", Self.rateScale(ratePoints), startsAtZero: true), theme: theme,
            size: Size(width: Self.panelSize.width, height: 220))
        return Stack(
            .rows, [losses, accuracies] + (isMultiLabel ? [precisions] : []) + [rates], title: title, theme: theme)
    }

    static let epochAxis = Axis("epoch", startsAtZero: true, isWhole: true)
    static let panelSize = Size(width: 800, height: 300)

    /// Rates that differ by more than this are told apart on a logarithmic axis alone.
    static func rateScale(_ points: [Point]) -> Axis.Scale {
        let rates = points.map(\.y).filter { $0 > 0 }
        return (rates.max() ?? 1) > 50 * (rates.min() ?? 1) ? .logarithmic : .linear
    }

    /// A figure of each epoch, at its end.
    func points(_ figure: (EpochMetrics) -> Double) -> [Point] {
        epochs.map { Point(x: Double($0.epoch), y: figure($0)) }
    }

    /// The learning rate of the steps; where the run did not keep it, of the epochs.
    var ratePoints: [Point] {
        steps.isEmpty
            ? points(\.learningRate) : steps.map { Point(x: epochs(atStep: $0.step), y: $0.learningRate) }
    }

    private var isShort: Bool { epochs.count <= 40 }

    /// What the steps came to, pale behind the epochs' means.
    private func stepSeries(_ figure: (StepSummary) -> Double, _ theme: Theme) -> [LineChart.Series] {
        guard steps.count > max(2, epochs.count) else { return [] }
        let points = steps.map { Point(x: epochs(atStep: $0.step), y: figure($0)) }
        return [LineChart.Series("training, by step", points, color: theme.palette[0], isFaint: true)]
    }

    private func bestMark(_ figure: (EpochMetrics) -> Double, series: Int = 1) -> [LineChart.Mark] {
        best.map { [.point(Point(x: Double($0.epoch), y: figure($0)), "", series: series)] } ?? []
    }

    /// The best epoch in words, which within the chart would hide a line.
    private func bestWords(_ text: (EpochMetrics) -> String) -> String {
        best.map { " (best in epoch \($0.epoch): \(text($0)))" } ?? ""
    }

    /// The first steps of a new head may lie far above all that follows; nineteen of twenty steps are seen.
    private var lossRange: ClosedRange<Double>? {
        let stepLosses = steps.map(\.loss).filter(\.isFinite).sorted()
        guard !stepLosses.isEmpty else { return nil }
        let usual = stepLosses[min(stepLosses.count - 1, stepLosses.count * 19 / 20)]
        let top = (epochs.flatMap { [$0.trainingLoss, $0.validationLoss] }.filter(\.isFinite) + [usual]).max() ?? 0
        return top > 0 ? 0...top * 1.06 : nil
    }
}
