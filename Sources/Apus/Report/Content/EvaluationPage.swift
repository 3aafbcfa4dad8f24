internal import Classifier
internal import Drawing
internal import Platform
internal import TorchVision

/// The report about an evaluation.
struct EvaluationPage {
    /// The model file, or the name of a pretrained network.
    let model: String
    /// The path of the images.
    let data: String
    /// The evaluated split of the data; nil for all.
    let split: EvaluationSplit?
    let description: ModelDescription
    let content: EvaluationSections
    /// The inference engine, as a line.
    let engine: String
    /// `Versions.line`.
    let versions: String

    var page: Page {
        Page(
            kind: "Evaluation report", title: "\(description.architecture) on \(data.fileName)", lead: content.lead,
            keyMetrics: content.keyMetrics,
            sections: content.sections
                + [PageSection("Use the model", ReportCommands(model: model, data: data).blocks), setting],
            colophon: "Created with \(versions).")
    }

    private var setting: PageSection {
        let (evaluation, training) = (content.evaluation, description.training)
        return PageSection(
            "Evaluation setup",
            [
                Facts([
                    ("Model", model),
                    ("Architecture", description.architecture),
                    ("Data", split.map { "\(data), \($0.rawValue) split" } ?? data),
                    ("Images", evaluation.count.grouped),
                    (
                        "Skipped",
                        evaluation.errors > 0 ? counted(evaluation.errors, "unreadable image") : nil
                    ),
                    (
                        "Classes",
                        "\(evaluation.labels.count.grouped): "
                            + enumeration(of: evaluation.labels.indices.map(evaluation.displayName), atMost: 30)
                    ),
                    (
                        "Preprocessing",
                        "short side resized to \(description.preprocessing.resizeShortSide), crop "
                            + "\(description.preprocessing.cropSize)"
                    ),
                    (
                        "Training",
                        training.map {
                            "strategy \($0.strategy), \($0.optimizer.rawValue), learning rate \($0.learningRate.short), "
                                + "batch size \($0.batchSize), \(counted($0.trainingImages, "image")), initial weights: "
                                + ($0.startedFrom ?? "random")
                        }
                    ),
                    ("Engine", engine),
                ])
            ])
    }
}

/// The plots of an evaluation; nil for those without data.
struct EvaluationPlots: Sendable {
    /// The labels of a larger confusion matrix are too small to read, so the most confused classes are plotted as well.
    private static let readableClasses = 40
    /// The mean number of images of a class from which on the recalls are plotted. Recalls on fewer images mean little.
    private static let imagesPerClass = 5

    let classes: PageFigure?
    let confusion: [PageFigure]
    let reliability: PageFigure?
    let roc: PageFigure?
    let precisionRecall: PageFigure?

    /// Draws the plots.
    ///
    /// - Throws: `DrawingError` if a plot can't be drawn.
    init(of evaluation: Evaluation) throws {
        let supports = evaluation.classes.map(\.support).filter { $0 > 0 }
        let hasBars = supports.count > 1 && supports.reduce(0, +) >= Self.imagesPerClass * supports.count
        classes = try PageFigure(
            "Recall by class, lowest first",
            "Recall of each class, lowest first. The lines are 95 % confidence intervals."
        ) { hasBars ? evaluation.recallPlot(atMost: 40, theme: $0) : nil }
        reliability = try PageFigure(
            "Reliability diagram",
            "Accuracy and number of predictions for each confidence. On the diagonal, confidence equals accuracy. Below "
                + "it, the model is overconfident."
        ) { evaluation.reliabilityPlot(theme: $0) }
        roc = try PageFigure(
            "Receiver operating characteristic",
            "True positive rate over false positive rate for all thresholds. The larger the area under the curve, the "
                + "better."
        ) { evaluation.rocPlot(theme: $0) }
        precisionRecall = try PageFigure(
            "Precision-recall curve", "Precision over recall for all thresholds."
        ) { evaluation.precisionRecallPlot(theme: $0) }
        guard let matrix = evaluation.confusion, matrix.order.count > 1 else {
            confusion = []
            return
        }
        let whole = try PageFigure(
            "Confusion matrix of \(matrix.order.count) classes",
            "Rows are true classes, columns are predicted classes. Colors are percentages of the row. Classes that are "
                + "often confused are next to each other."
        ) { try matrix.plot(theme: $0) }
        let part =
            matrix.order.count > Self.readableClasses
            ? try PageFigure(
                "Confusion matrix of the most confused classes", "The classes that are confused most often."
            ) { try matrix.plot(atMost: 24, theme: $0) } : nil
        confusion = [whole, part].compactMap(\.self)
    }
}
