internal import Classifier
public import Drawing
internal import TorchNN

extension RateCurve {
    /// Plots the losses and the smoothed loss over the learning rate, with the suggested rates. The divergence at the
    /// end is cut off.
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

    /// The range of the loss axis: from the lowest smoothed loss to the highest one before it; without a fall, the
    /// range of four fifths of the values.
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
    /// Plots the training curves of all runs: validation score and loss, custom metrics, training loss and learning
    /// rate over the epochs. A ring marks the best epoch of each run.
    public func plot(theme: Theme = .light) -> Stack {
        if runs.count == 1 { return runs[0].plot(title: outcomes[0].name, theme: theme) }
        let first = runs.map(\.firstEpoch).min() ?? 1
        func chart(
            _ title: String, _ axis: Axis, marks: [LineChart.Mark] = [], _ points: (RunRecord) -> [Point]
        ) -> LineChart {
            LineChart(
                title,
                zip(runs, outcomes).map { run, outcome in
                    LineChart.Series(outcome.name, points(run), showsPoints: run.epochs.count <= 15)
                }, marks: marks, x: RunRecord.epochAxis(from: first), y: axis, theme: theme, size: RunRecord.panelSize)
        }
        func bestMarks(_ metric: (EpochMetrics) -> Double) -> [LineChart.Mark] {
            outcomes.enumerated().compactMap { index, outcome in
                outcome.best.map { .point(Point(x: Double($0.epoch), y: metric($0)), "", series: index) }
            }
        }
        let custom = customMetrics.map { name in
            let value = { (epoch: EpochMetrics) in epoch.custom?[name] ?? .nan }
            return chart("Validation: \(name)", Axis(name), marks: bestMarks(value)) { $0.points(value) }
        }
        let lossAxis = Axis(lossNames.joined(separator: " or "), startsAtZero: true)
        let rates = zip(runs, outcomes).map { run, outcome in run.rateSeries(outcome.name) }
        return Stack(
            .rows,
            [
                chart(
                    "Validation \(validationMeasure)", Axis(validationMeasure, format: .percent),
                    marks: bestMarks(\.validationScore)
                ) { $0.points(\.validationScore) { $0.validationMeanAveragePrecision ?? $0.validationAccuracy } },
                chart("Validation loss", lossAxis, marks: bestMarks(\.validationLoss)) {
                    $0.points(\.validationLoss) { $0.validationLoss }
                },
            ] + custom + [
                chart("Training loss", lossAxis) { $0.points(\.trainingLoss) },
                RunRecord.rateChart(rates, first: first, showsSteps: runs.contains(where: \.showsSteps), theme: theme),
            ], theme: theme)
    }
}

extension RunRecord {
    /// Plots loss, accuracy and learning rate over the epochs, with the best epoch marked.
    public func plot(title: String = "", theme: Theme = .light) -> Stack {
        let training = "training", validation = "validation"
        let epochAxis = Self.epochAxis(from: firstEpoch, showsSteps: showsSteps)
        let losses = LineChart(
            "Loss" + bestWords { NumberText.short($0.validationLoss) },
            [
                LineChart.Series(training, points(\.trainingLoss), showsPoints: isShort),
                LineChart.Series(
                    validation, points(\.validationLoss) { $0.validationLoss }, showsPoints: isShort),
            ] + stepSeries(\.loss, theme), marks: bestMark(\.validationLoss), x: epochAxis,
            y: Axis(customLoss ?? "loss", range: lossRange, startsAtZero: true), theme: theme, size: Self.panelSize)
        let accuracy = EpochMetrics.accuracyName(isMultiLabel: isMultiLabel)
        let accuracies = LineChart(
            accuracy.prefix(1).uppercased() + accuracy.dropFirst()
                + bestWords { NumberText.percent($0.validationAccuracy) },
            [
                LineChart.Series(training, points(\.trainingAccuracy), showsPoints: isShort),
                LineChart.Series(
                    validation, points(\.validationAccuracy) { $0.validationAccuracy }, showsPoints: isShort),
            ] + stepSeries(\.accuracy, theme), marks: bestMark(\.validationAccuracy), x: epochAxis,
            y: Axis(accuracy, format: .percent), theme: theme, size: Self.panelSize)
        let precisions = LineChart(
            "Validation mean average precision" + bestWords { NumberText.percent($0.validationScore) },
            [
                LineChart.Series(
                    "", points(\.validationScore) { $0.validationMeanAveragePrecision }, showsPoints: isShort)
            ],
            marks: bestMark(\.validationScore, series: 0), x: epochAxis,
            y: Axis("mean average precision", format: .percent), theme: theme, size: Self.panelSize)
        let custom = (epochs.last?.custom ?? [:]).keys.sorted().map { name in
            let value = { (epoch: EpochMetrics) in epoch.custom?[name] ?? .nan }
            return LineChart(
                "Validation: \(name)" + bestWords { NumberText.short(value($0)) },
                [LineChart.Series("", points(value), showsPoints: isShort)], marks: bestMark(value, series: 0),
                x: epochAxis, y: Axis(name), theme: theme, size: Self.panelSize)
        }
        let rates = Self.rateChart([rateSeries("")], first: firstEpoch, showsSteps: showsSteps, theme: theme)
        return Stack(
            .rows, [losses, accuracies] + (isMultiLabel ? [precisions] : []) + custom + [rates], title: title,
            theme: theme)
    }

    static let panelSize = Size(width: 800, height: 300)

    /// The first epoch with metrics: 1, or 0 if the run began with a validation.
    var firstEpoch: Int { initial == nil ? epochs.map(\.epoch).min() ?? 1 : 0 }

    /// Returns the axis of epochs, which begins at the first epoch. The metrics of an epoch are at its end, so plots
    /// with steps begin one epoch before, without a tick.
    static func epochAxis(from first: Int, showsSteps: Bool = false) -> Axis {
        Axis("epoch", startsAtZero: showsSteps || first == 0, isWhole: true, firstTick: Double(first))
    }

    /// Returns the plot of learning rates. The scale is logarithmic if they differ by more than a factor of 50.
    static func rateChart(_ series: [LineChart.Series], first: Int, showsSteps: Bool, theme: Theme) -> LineChart {
        let rates = series.flatMap { $0.points.map(\.y) }.filter { $0 > 0 }
        let scale: Axis.Scale = (rates.max() ?? 1) > 50 * (rates.min() ?? 1) ? .logarithmic : .linear
        return LineChart(
            "Learning rate", series, x: epochAxis(from: first, showsSteps: showsSteps),
            y: Axis("learning rate", scale, startsAtZero: true), theme: theme,
            size: Size(width: panelSize.width, height: 220))
    }

    /// Returns the points of a metric over the epochs.
    ///
    /// - Parameters:
    ///   - metric: returns the metric of an epoch.
    ///   - initial: returns the metric before training, at epoch 0; nil if it has none.
    func points(
        _ metric: (EpochMetrics) -> Double, initial: (InitialMetrics) -> Double? = { _ in nil }
    ) -> [Point] {
        let first = self.initial.flatMap(initial).map { [Point(x: 0, y: $0)] } ?? []
        return first + epochs.map { Point(x: Double($0.epoch), y: metric($0)) }
    }

    /// Returns the learning rate of the steps, or of the epochs if there are few steps.
    ///
    /// A rate that changes between epochs is drawn in steps: a summary has the rate of its last step, so each rate
    /// begins where the summary before it ends.
    func rateSeries(_ name: String) -> LineChart.Series {
        let ends =
            showsSteps
            ? steps.map { Point(x: epochs(atStep: $0.step), y: $0.learningRate) } : points(\.learningRate)
        guard configuration.optimizer.schedule.changesBetweenEpochs, let first = ends.first, let last = ends.last,
            showsSteps || ends.count > 1
        else { return LineChart.Series(name, ends, showsPoints: !showsSteps && isShort) }
        let starts = zip([showsSteps ? 0 : first.x] + ends.map(\.x), ends).map { Point(x: $0, y: $1.y) }
        return LineChart.Series(name, starts + [last], isStepped: true)
    }

    private var isShort: Bool { epochs.count <= 40 }

    /// Whether the plots show the metrics of the steps.
    var showsSteps: Bool { steps.count > max(2, epochs.count) }

    /// Returns the metric of the steps as a faint line behind the epochs.
    private func stepSeries(_ metric: (StepSummary) -> Double, _ theme: Theme) -> [LineChart.Series] {
        guard showsSteps else { return [] }
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

    /// The range of the loss axis. The first steps of a new head may be far above all others, so 19 of 20 steps are
    /// shown.
    private var lossRange: ClosedRange<Double>? {
        let stepLosses = steps.map(\.loss).filter(\.isFinite).sorted()
        guard !stepLosses.isEmpty else { return nil }
        let usual = stepLosses[min(stepLosses.count - 1, stepLosses.count * 19 / 20)]
        let losses = epochs.flatMap { [$0.trainingLoss, $0.validationLoss] }.filter(\.isFinite) + [usual]
        var top = losses.max() ?? 0
        // A network with random weights may begin far above all others.
        if let first = initial?.validationLoss, first > top, first < 4 * top { top = first }
        // A custom loss may be negative.
        return top > 0 && (losses + stepLosses.prefix(1)).allSatisfy { $0 >= 0 } ? 0...top * 1.06 : nil
    }
}

extension Schedule {
    /// Whether the rate changes between epochs only. Others change with every step.
    fileprivate var changesBetweenEpochs: Bool {
        switch self {
        case .constant, .step, .multiStep, .exponential, .decay, .inverse, .plateau: true
        case .cosine, .oneCycle, .polynomial: false
        }
    }
}
