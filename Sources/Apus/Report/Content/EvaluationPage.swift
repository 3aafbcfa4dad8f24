internal import Classifier
internal import Drawing
internal import Platform
internal import TorchVision

/// The report of an evaluation.
struct EvaluationPage {
    /// The model's file, or the name of published weights.
    let model: String
    /// Where the pictures lie, and which part of them was taken.
    let data: String
    let split: EvaluationSplit?
    let description: ModelDescription
    let content: EvaluationSections
    /// What computed.
    let engine: String
    /// `Versions.line`.
    let versions: String

    var page: Page {
        Page(
            kind: "Evaluation report", title: "\(description.architecture) on \(data.fileName)", lead: content.lead,
            keyFigures: content.keyFigures,
            sections: content.sections
                + [PageSection("Use it", ReportCommands(model: model, data: data).blocks), setting],
            colophon: "Made by \(versions).")
    }

    private var setting: PageSection {
        let (evaluation, training) = (content.evaluation, description.training)
        return PageSection(
            "How it was measured",
            [
                Facts([
                    ("Model", model),
                    ("Network", description.architecture),
                    ("Data", split.map { "\(data), part \($0.rawValue)" } ?? data),
                    ("Pictures", evaluation.count.grouped),
                    (
                        "Left out",
                        evaluation.errors > 0 ? "\(counted(evaluation.errors, "picture")) that can't be read" : nil
                    ),
                    (
                        "Classes",
                        "\(evaluation.labels.count.grouped): \(enumeration(of: evaluation.labels, atMost: 30))"
                    ),
                    (
                        "Preprocessing",
                        "short side \(description.preprocessing.resizeShortSide), crop "
                            + "\(description.preprocessing.cropSize)"
                    ),
                    (
                        "Trained",
                        training.map {
                            "strategy \($0.strategy), \($0.optimizer.rawValue) at \($0.learningRate.short), batches of "
                                + "\($0.batchSize), \(counted($0.trainingPictures, "picture")), from "
                                + ($0.startedFrom ?? "fresh weights")
                        }
                    ),
                    ("Computed", engine),
                ])
            ])
    }
}

/// What is drawn of an evaluation; nil where there is nothing to draw.
struct EvaluationFigures: Sendable {
    /// Beyond so many classes the words on a confusion matrix are too small to be read, so its densest part is shown too.
    private static let readableClasses = 40
    /// Of fewer pictures a class, its recall says nothing that a bar should show.
    private static let picturesPerClass = 5

    let classes: PageFigure?
    let confusion: [PageFigure]
    let reliability: PageFigure?
    let roc: PageFigure?
    let precisionRecall: PageFigure?

    /// Draws them.
    ///
    /// - Throws: `DrawingError` where one can't be drawn.
    init(of evaluation: Evaluation) throws {
        // Figures of the same evaluation differ between themes in colours alone: where there is one, there is the other.
        let supports = evaluation.classes.map(\.support).filter { $0 > 0 }
        let hasBars = supports.count > 1 && supports.reduce(0, +) >= Self.picturesPerClass * supports.count
        classes = try PageFigure(
            "Recall of the classes, the lowest first",
            "Recall of each class, the lowest first. The lines hold the true recall in 95 of 100 samples of this size."
        ) { hasBars ? evaluation.classFigure(atMost: 40, theme: $0) : nil }
        reliability = try PageFigure(
            "Reliability diagram",
            "How often answers of each confidence are right, and how many answers there are. On the diagonal "
                + "probabilities can be taken at their word; below it the model is surer than it should be."
        ) { evaluation.reliabilityFigure(theme: $0) }
        roc = try PageFigure(
            "Receiver operating characteristic",
            "The share of a class's pictures that are found, over the share of other pictures that are taken for it, as "
                + "the threshold falls. The larger the area below, the better."
        ) { evaluation.rocFigure(theme: $0) }
        precisionRecall = try PageFigure(
            "Precision over recall", "What precision costs in recall, and the other way round."
        ) { evaluation.precisionRecallFigure(theme: $0) }
        guard let matrix = evaluation.confusion, matrix.order.count > 1 else {
            confusion = []
            return
        }
        let whole = try PageFigure(
            "Confusion matrix of \(matrix.order.count) classes",
            "Rows are true classes, columns what they are taken for; colours are shares of a row. Classes that are "
                + "mistaken for each other stand near each other."
        ) { try matrix.figure(theme: $0) }
        let part =
            matrix.order.count > Self.readableClasses
            ? try PageFigure(
                "Confusion matrix of the most confused classes", "The classes of the most confused pairs, as above."
            ) { try matrix.figure(atMost: 24, theme: $0) } : nil
        confusion = [whole, part].compactMap(\.self)
    }
}
