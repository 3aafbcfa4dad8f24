internal import Drawing

/// What is drawn of an evaluation; nil where there is nothing to draw.
struct EvaluationFigures: Sendable {
    var classes: PageFigure?
    var confusion: PageFigure?
    var reliability: PageFigure?
    var roc: PageFigure?
    var precisionRecall: PageFigure?

    init(of evaluation: Evaluation) throws {}
}
