internal import Foundation
internal import Platform
internal import TorchVision

/// The report of a training run. It holds no time of day and no duration: equal runs write equal files.
struct TrainingPage {
    let result: TrainingResult
    let plan: TrainingPlan
    let configuration: TrainingConfiguration
    /// The configuration as the run directory has it.
    let configurationText: String
    /// The run's curves.
    let curves: PageFigure?
    /// What the best model makes of the validation pictures; nil where that was not asked for.
    let evaluation: EvaluationSections?
    /// What computed: `Versions.line`.
    let versions: String

    var page: Page {
        let (best, isMultiLabel) = (result.best, plan.isMultiLabel)
        var keyFigures = evaluation?.keyFigures ?? []
        if keyFigures.isEmpty {
            keyFigures = [
                KeyFigure(
                    best.validationScore.columnPercent, isMultiLabel ? "mean average precision" : "recognised",
                    detail: "of \(counted(plan.validationPictures, "validation picture"))"),
                KeyFigure(best.validationLoss.fixed(4), "validation loss"),
            ]
        }
        return Page(
            kind: "Training report", title: "\(plan.model) on \(plan.data.fileName)",
            lead: evaluation.map { "Validation: \($0.lead)" }
                ?? "The best of \(counted(result.epochs.count, "epoch")) is epoch \(best.epoch).",
            keyFigures: keyFigures,
            sections: [diagnosis, course] + (evaluation?.sections ?? [])
                + [
                    PageSection("Use it", ReportCommands(model: result.directory.best, data: plan.data).blocks),
                    setting,
                ],
            colophon: "Made by \(versions).")
    }

    // MARK: Chapters

    private var diagnosis: PageSection {
        PageSection(
            "What the curves tell",
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

    private var course: PageSection {
        let columns = EpochColumn.all(isMultiLabel: plan.isMultiLabel)
        let table = PageTable(
            caption: "Figures of each epoch",
            columns: [.number("epoch")] + columns.map { .number($0.title) } + [.text("")],
            rows: result.epochs.map { epoch in
                [.number(epoch.epoch)]
                    + columns.map { column in .number(column.value(epoch)) { _ in column.text(epoch) } }
                    + [.text(epoch.epoch == result.best.epoch ? "best" : "")]
            })
        var blocks: [any PageBlock] = [curves].compactMap(\.self)
        if result.endedEarly {
            blocks.append(
                Paragraphs("The run ended early: no epoch after epoch \(result.best.epoch) was better."))
        }
        blocks.append(table)
        for note in [result.lossNote, lossesOfTheBest].compactMap(\.self) {
            blocks.append(Paragraphs(note, isNote: true))
        }
        return PageSection("Course", blocks)
    }

    /// Why the best model has one loss in the table and another in its evaluation; nil where both read the same.
    private var lossesOfTheBest: String? {
        let inTable = result.best.validationLoss.fixed(4)
        guard let evaluation = evaluation?.evaluation else { return nil }
        let loss = (evaluation.uncalibrated?.negativeLogLikelihood ?? evaluation.loss).fixed(4)
        guard loss != inTable else { return nil }
        return "The validation loss of epoch \(result.best.epoch) is \(inTable) as training computed it, in "
            + "\(plan.precision.rawValue). The evaluation reads the saved model again and computes it in float32: "
            + "\(loss)."
    }

    private var setting: PageSection {
        let phases = plan.phases.map { phase in
            let epochs =
                phase.firstEpoch == phase.lastEpoch
                ? "epoch \(phase.firstEpoch)" : "epochs \(phase.firstEpoch) to \(phase.lastEpoch)"
            return "\(phase.strategy) at \(phase.learningRate.short) (\(epochs))"
        }
        let facts = Facts([
            ("Data", plan.data),
            ("Classes", "\(plan.classes.count.grouped): \(enumeration(of: plan.classes, atMost: 30))"),
            ("Labels", "from \(plan.dataset.labelLine)"),
            ("Pictures", plan.dataset.imageLine),
            ("Left out", result.unreadable > 0 ? "\(counted(result.unreadable, "picture")) that can't be read" : nil),
            ("Network", plan.model),
            ("Head", plan.head == .lastLayer ? nil : "\(plan.head)"),
            ("Trained", phases.joined(separator: ", then ")),
            ("Parameters", "\(plan.trainableParameters.grouped) of \(plan.parameters.grouped) are trained"),
            ("Transforms", plan.transforms),
            (
                "Steps",
                "\(configuration.optimizer.rawValue), batches of \(configuration.batchSize), schedule "
                    + "\(configuration.schedule), \(plan.stepsPerEpoch.grouped) batches an epoch"
            ),
            ("Seed", "\(configuration.seed)"),
            ("Computed", "on \(plan.device), \(plan.precision.rawValue)"),
        ])
        var blocks: [any PageBlock] = [facts]
        if !plan.notes.isEmpty {
            blocks.append(Notices(notices: plan.notes.map { .init(.hint, $0) }))
        }
        blocks.append(
            Fold(title: "Configuration", blocks: [CodeBlock(title: "config.json", code: configurationText)]))
        return PageSection("How it was trained", blocks)
    }
}
