public import Drawing

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
