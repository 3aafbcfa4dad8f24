internal import Apus
internal import Classifier
internal import Foundation
internal import Platform
internal import TorchVision

/// Tells the events of a training run: a bar while it works, a line for each epoch.
final class TrainingTalk: Sendable {
    let bar: ProgressBar
    private let talk: TalkOptions
    /// What the run's plan tells, before all else.
    private let run = Monitor((epochs: 0, isMultiLabel: false))

    init(talk: TalkOptions) {
        self.talk = talk
        bar = ProgressBar("", total: nil, isQuiet: talk.quiet)
    }

    func show(_ event: TrainingEvent) {
        switch event {
        case .started(let plan):
            run.withLock { $0 = (plan.epochs, plan.isMultiLabel) }
            plan.lines.forEach(talk.note)
            plan.notes.forEach(talk.note)
        case .engine(let report):
            bar.clear()
            report.notes.forEach(talk.note)
            report.details.forEach(talk.detail)
            talk.note("the frozen part by \(report.summary)")
        case .extracting(let done, let total):
            if done == 0 { bar.restart("features", total: total) } else { bar.update(done) }
        case .epochStarted(let epoch, _):
            bar.restart(label(epoch), total: nil)
        case .step(let progress):
            bar.update(
                progress.pictures, total: progress.totalPictures,
                detail: String(format: "loss %.4f  accuracy ", progress.loss) + progress.accuracy.columnPercent)
        case .validating(let done, let total):
            if done == 0 { bar.restart("validating", total: total) } else { bar.update(done) }
        case .epochEnded(let metrics, let isBest):
            bar.clear()
            let accuracy = EpochMetrics.accuracyName(isMultiLabel: run.withLock { $0.isMultiLabel })
            talk.note(
                "\(label(metrics.epoch))  "
                    + String(format: "loss %.4f  \(accuracy) ", metrics.trainingLoss)
                    + metrics.trainingAccuracy.columnPercent
                    + String(format: "  validation loss %.4f  \(accuracy) ", metrics.validationLoss)
                    + metrics.validationAccuracy.columnPercent
                    + (metrics.validationMeanAveragePrecision.map { "  mean average precision \($0.columnPercent)" }
                        ?? "")
                    + (isBest ? "  best" : ""))
        case .note(let text):
            bar.clear()
            talk.note(text)
        case .unreadable(let failure):
            bar.clear()
            talk.note("left out: \(failure)")
        case .warning(let text):
            bar.clear()
            Console.tell("warning: \(text)")
        }
    }

    private func label(_ epoch: Int) -> String { "epoch \(epoch)/\(run.withLock { $0.epochs })" }
}
