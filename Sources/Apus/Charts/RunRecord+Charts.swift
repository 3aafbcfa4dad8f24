internal import Classifier
public import Drawing

extension RateCurve {
    /// Plots the losses and the smoothed loss over the learning rate, with the suggested rates. The divergence at the end
    /// is cut off.
    public func plot(theme: Theme = .light) -> LineChart {
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
            "Learning rate finder",
            [
                LineChart.Series("loss of each step", places(\.loss), color: theme.palette[0], isFaint: true),
                LineChart.Series("smoothed loss", places(\.smoothed), color: theme.palette[0]),
            ], marks: marks, x: Axis("learning rate", .logarithmic), y: Axis("loss", range: lossRange), theme: theme,
            size: Size(width: 800, height: 380))
    }

    /// The range of the loss axis: from the lowest smoothed loss to the highest one before it; without a fall, the range of
    /// four fifths of the values.
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
    /// Plots the training curves of all runs: validation score and loss, training loss and learning rate over the epochs. A
    /// ring marks the best epoch of each run.
    public func plot(theme: Theme = .light) -> Stack {
        if runs.count == 1 { return runs[0].plot(title: outcomes[0].name, theme: theme) }
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
        func bestMarks(_ metric: (EpochMetrics) -> Double) -> [LineChart.Mark] {
            outcomes.enumerated().compactMap { index, outcome in
                outcome.best.map { .point(Point(x: Double($0.epoch), y: metric($0)), "", series: index) }
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
    /// Plots loss, accuracy and learning rate over the epochs, with the best epoch marked.
    public func plot(title: String = "", theme: Theme = .light) -> Stack {
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
        let custom = (epochs.last?.custom ?? [:]).keys.sorted().map { name in
            let value = { (epoch: EpochMetrics) in epoch.custom?[name] ?? .nan }
            return LineChart(
                "Validation: \(name)" + bestWords { NumberText.short(value($0)) },
                [LineChart.Series("", points(value), showsPoints: isShort)], marks: bestMark(value, series: 0),
                x: Self.epochAxis, y: Axis(name), theme: theme, size: Self.panelSize)
        }
        let rates = LineChart(
            "Learning rate", [LineChart.Series("", ratePoints)], x: Self.epochAxis,
            y: Axis("learning rate", Self.rateScale(ratePoints), startsAtZero: true), theme: theme,
            size: Size(width: Self.panelSize.width, height: 220))
        return Stack(
            .rows, [losses, accuracies] + (isMultiLabel ? [precisions] : []) + custom + [rates], title: title,
            theme: theme)
    }

    static let epochAxis = Axis("epoch", startsAtZero: true, isWhole: true)
    static let panelSize = Size(width: 800, height: 300)

    /// Returns a logarithmic scale if the learning rates differ by more than a factor of 50.
    static func rateScale(_ points: [Point]) -> Axis.Scale {
        let rates = points.map(\.y).filter { $0 > 0 }
        return (rates.max() ?? 1) > 50 * (rates.min() ?? 1) ? .logarithmic : .linear
    }

    /// Returns the points of a metric over the epochs.
    func points(_ metric: (EpochMetrics) -> Double) -> [Point] {
        epochs.map { Point(x: Double($0.epoch), y: metric($0)) }
    }

    /// The learning rate of the steps, or of the epochs if the run did not log steps.
    var ratePoints: [Point] {
        steps.isEmpty
            ? points(\.learningRate) : steps.map { Point(x: epochs(atStep: $0.step), y: $0.learningRate) }
    }

    private var isShort: Bool { epochs.count <= 40 }

    /// Returns the metric of the steps as a faint line behind the epochs.
    private func stepSeries(_ metric: (StepSummary) -> Double, _ theme: Theme) -> [LineChart.Series] {
        guard steps.count > max(2, epochs.count) else { return [] }
        let points = steps.map { Point(x: epochs(atStep: $0.step), y: metric($0)) }
        return [LineChart.Series("training, by step", points, color: theme.palette[0], isFaint: true)]
    }

    private func bestMark(_ metric: (EpochMetrics) -> Double, series: Int = 1) -> [LineChart.Mark] {
        best.map { [.point(Point(x: Double($0.epoch), y: metric($0)), "", series: series)] } ?? []
    }

    /// Returns the best epoch as a part of the title. A label in the plot would hide a line.
    private func bestWords(_ text: (EpochMetrics) -> String) -> String {
        best.map { " (best in epoch \($0.epoch): \(text($0)))" } ?? ""
    }

    /// The range of the loss axis. The first steps of a new head may be far above all others, so 19 of 20 steps are shown.
    private var lossRange: ClosedRange<Double>? {
        let stepLosses = steps.map(\.loss).filter(\.isFinite).sorted()
        guard !stepLosses.isEmpty else { return nil }
        let usual = stepLosses[min(stepLosses.count - 1, stepLosses.count * 19 / 20)]
        let losses = epochs.flatMap { [$0.trainingLoss, $0.validationLoss] }.filter(\.isFinite) + [usual]
        let top = losses.max() ?? 0
        // A custom loss may be negative.
        return top > 0 && (losses + stepLosses.prefix(1)).allSatisfy { $0 >= 0 } ? 0...top * 1.06 : nil
    }
}
