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
