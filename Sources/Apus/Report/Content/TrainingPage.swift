internal import Foundation
internal import Platform
internal import TorchVision

/// The report about a training run. It contains no date and no duration, so equal runs write equal files.
struct TrainingPage {
    let result: TrainingResult
    let plan: TrainingPlan
    let configuration: TrainingConfiguration
    /// The text of `config.json` in the run folder.
    let configurationText: String
    /// The run's curves.
    let curves: PageFigure?
    /// The evaluation of the best model on the validation images; nil if it was not requested.
    let evaluation: EvaluationSections?
    /// `Versions.line`.
    let versions: String

    var page: Page {
        let (best, isMultiLabel) = (result.best, plan.isMultiLabel)
        var keyMetrics = evaluation?.keyMetrics ?? []
        if keyMetrics.isEmpty {
            keyMetrics = [
                KeyMetric(
                    best.validationScore.columnPercent, isMultiLabel ? "mean average precision" : "accuracy",
                    detail: "on \(counted(plan.validationImages, "validation image"))"),
                KeyMetric(best.validationLoss.fixed(4), "validation loss"),
            ]
        }
        return Page(
            kind: "Training report", title: "\(plan.model) on \(plan.data.fileName)",
            lead: evaluation.map { "Best model on the validation images. \($0.lead)" }
                ?? "Best epoch: \(best.epoch) of \(result.epochs.count).",
            keyMetrics: keyMetrics,
            sections: [diagnosis, trainingCurves] + (evaluation?.sections ?? [])
                + [
                    PageSection("Use the model", ReportCommands(model: result.directory.best, data: plan.data).blocks),
                    setting,
                ],
            colophon: "Created with \(versions).")
    }

    // MARK: Sections

    private var diagnosis: PageSection {
        PageSection(
            "Diagnosis",
            [
                Notices(
                    notices: result.findings.map { finding in
                        let weight: Notices.Weight =
                            switch finding.kind {
                            case .allIsWell: .good
                            case .tooShort, .stillImproving, .unbalancedClasses, .noisyValidation: .hint
                            case .rateTooLarge, .overfitting, .gap, .rateTooSmall, .underfitting,
                                .classNeverPredicted:
                                .warning
                            }
                        return .init(weight, finding.sentence, advice: finding.advice.map { "\($0)." })
                    })
            ])
    }

    private var trainingCurves: PageSection {
        let columns = EpochColumn.all(of: result)
        let table = PageTable(
            caption: "Metrics of each epoch",
            columns: [.number("epoch")] + columns.map { .number($0.title) } + [.text("")],
            rows: initialRow(columns)
                + result.epochs.map { epoch in
                    [.number(epoch.epoch)]
                        + columns.map { column in .number(column.value(epoch)) { _ in column.text(epoch) } }
                        + [.text(epoch.epoch == result.best.epoch ? "best" : "")]
                })
        var blocks: [any PageBlock] = [curves].compactMap(\.self)
        if result.endedEarly {
            blocks.append(
                Paragraphs("Early stopping: no epoch after epoch \(result.best.epoch) was better."))
        }
        blocks.append(table)
        for note in [result.lossNote, lossesOfTheBest].compactMap(\.self) {
            blocks.append(Paragraphs(note, isNote: true))
        }
        return PageSection("Training curves", blocks)
    }

    /// The row of epoch 0; empty if the run did not validate before training.
    private func initialRow(_ columns: [EpochColumn]) -> [[PageTable.Cell]] {
        guard let initial = result.initial else { return [] }
        return [
            [.number(0)] + columns.map { column in .number(column.initial(initial)) { _ in column.text(initial) } }
                + [.text("before training")]
        ]
    }

    /// The reason why the loss of the best model differs between the table and the evaluation; nil if it does not.
    private var lossesOfTheBest: String? {
        let inTable = result.best.validationLoss.fixed(4)
        guard let evaluation = evaluation?.evaluation else { return nil }
        let loss = (evaluation.uncalibrated?.negativeLogLikelihood ?? evaluation.loss).fixed(4)
        guard loss != inTable else { return nil }
        if let name = plan.loss {
            return "The losses in the table and in the plot are values of '\(name)'. The evaluation computes the cross "
                + "entropy of the best model: \(loss)."
        }
        return "Training computed the validation loss of epoch \(result.best.epoch) in \(plan.precision.rawValue): "
            + "\(inTable). The evaluation loads the saved model and computes it in float32: \(loss)."
    }

    private var setting: PageSection {
        let phases = plan.phases.map { phase in
            let epochs =
                phase.firstEpoch == phase.lastEpoch
                ? "epoch \(phase.firstEpoch)" : "epochs \(phase.firstEpoch) to \(phase.lastEpoch)"
            return "\(phase.strategy), learning rate \(phase.learningRate.short) (\(epochs))"
        }
        let facts = Facts([
            ("Data", plan.data),
            ("Classes", "\(plan.classes.count.grouped): \(enumeration(of: plan.classWords, atMost: 30))"),
            ("Labels", "from \(plan.dataset.labelLine)"),
            ("Images", plan.dataset.imageLine),
            ("Skipped", result.unreadable > 0 ? counted(result.unreadable, "unreadable image") : nil),
            ("Architecture", plan.model),
            ("Head", plan.head == .lastLayer ? nil : "\(plan.head)"),
            ("Strategy", phases.joined(separator: ", then ")),
            ("Parameters", "\(plan.trainableParameters.grouped) of \(plan.parameters.grouped) trainable"),
            ("Transforms", plan.transforms),
            (
                "Optimizer",
                "\(configuration.optimizer.kind.rawValue), batch size \(configuration.data.batchSize), schedule "
                    + "\(configuration.optimizer.schedule), \(plan.stepsPerEpoch.grouped) batches per epoch"
            ),
            ("Seed", "\(configuration.seed)"),
            ("Device", "\(plan.deviceWords), \(plan.precision.rawValue)"),
        ])
        var blocks: [any PageBlock] = [facts]
        if !plan.notes.isEmpty {
            blocks.append(Notices(notices: plan.notes.map { .init(.hint, $0) }))
        }
        blocks.append(
            Fold(title: "Configuration", blocks: [CodeBlock(title: "config.json", code: configurationText)]))
        return PageSection("Training setup", blocks)
    }
}
