internal import Drawing

/// What is drawn of a training run.
struct TrainingFigures {
    let figures: [PageFigure]

    /// Draws the losses and the accuracies of the epochs, and the learning rate where it changes.
    ///
    /// - Throws: `DrawingError` where one can't be drawn.
    init(of result: TrainingResult, isMultiLabel: Bool) throws {
        let (epochs, best) = (result.epochs, result.best)
        func line(_ name: String, _ value: (EpochMetrics) -> Double) -> LineChart.Series {
            LineChart.Series(name, epochs.map { Point(x: Double($0.epoch), y: value($0)) }, showsPoints: true)
        }
        func chart(
            _ series: [LineChart.Series], _ axis: Axis, best value: Double? = nil, _ theme: Theme
        ) -> LineChart {
            let marks = value.map {
                [LineChart.Mark.point(Point(x: Double(best.epoch), y: $0), "best", series: series.count - 1)]
            }
            return LineChart(
                "", series, marks: marks ?? [], x: Axis("epoch", isWhole: true), y: axis, theme: theme,
                size: Size(width: 800, height: value == nil ? 220 : 320))
        }
        let losses = [line("training", \.trainingLoss), line("validation", \.validationLoss)]
        let accuracies = [line("training", \.trainingAccuracy), line("validation", \.validationAccuracy)]
        let measure = isMultiLabel ? "accuracy, mean average precision" : "accuracy"
        let isConstant = Set(epochs.map(\.learningRate)).count < 2
        figures = try [
            PageFigure(
                "Training and validation loss by epoch",
                "Loss. The training loss is the mean over an epoch, while the network changed."
            ) { chart(losses, Axis("loss", startsAtZero: true), best: best.validationLoss, $0) },
            PageFigure("Training and validation accuracy by epoch", "Share of the pictures that are recognised.") {
                chart(accuracies, Axis(measure, format: .percent), best: best.validationAccuracy, $0)
            },
            PageFigure("Learning rate by epoch", "Learning rate at the end of each epoch.") {
                isConstant ? nil : chart([line("learning rate", \.learningRate)], Axis("learning rate"), $0)
            },
        ].compactMap(\.self)
    }
}
