internal import Foundation
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
                    best.validationAccuracy.columnPercent, isMultiLabel ? "mean average precision" : "recognised",
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
        let table = PageTable(
            caption: "Figures of each epoch",
            columns: [
                .number("epoch"), .number("learning rate"), .number("training loss"), .number("training accuracy"),
                .number("validation loss"),
                .number("validation \(EpochMetrics.validationMeasure(isMultiLabel: plan.isMultiLabel))"), .text(""),
            ],
            rows: result.epochs.map { epoch in
                [
                    .number(epoch.epoch), .number(epoch.learningRate) { $0.short },
                    .number(epoch.trainingLoss) { $0.fixed(4) }, .share(epoch.trainingAccuracy),
                    .number(epoch.validationLoss) { $0.fixed(4) }, .share(epoch.validationAccuracy),
                    .text(epoch.epoch == result.best.epoch ? "best" : ""),
                ]
            })
        var blocks: [any PageBlock] = [curves].compactMap(\.self)
        if result.endedEarly {
            blocks.append(
                Paragraphs("The run ended early: no epoch after epoch \(result.best.epoch) was better."))
        }
        return PageSection("Course", blocks + [table])
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
            (
                "Pictures",
                "\(plan.trainingPictures.grouped) to learn from, \(plan.validationPictures.grouped) for validation"
            ),
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

/// Names with commas between them, and how many more there are.
func enumeration(of names: [String], atMost limit: Int) -> String {
    let rest = names.count - limit
    return names.prefix(limit).joined(separator: ", ") + (rest > 0 ? " and \(rest.grouped) more" : "")
}
