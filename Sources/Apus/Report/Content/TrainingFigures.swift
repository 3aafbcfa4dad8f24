internal import Drawing

/// What is drawn of a training run.
struct TrainingFigures {
    let figures: [PageFigure]

    init(of result: TrainingResult) throws {
        figures = []
    }
}
