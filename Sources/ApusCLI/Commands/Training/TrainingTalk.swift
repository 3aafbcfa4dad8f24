internal import Apus
internal import Classifier
internal import Foundation
internal import Platform
internal import TorchVision

/// Prints the events of a training run: a bar while it works, a line for each epoch.
struct TrainingTalk {
    private let bar: ProgressBar
    private let download: ProgressBar
    private let talk: TalkOptions
    /// What the bar shows.
    private var part = ""
    /// What the run's plan tells, before all else.
    private var (epochs, isMultiLabel) = (0, false)

    /// - Parameter weights: what is fetched where weights are.
    init(on bar: ProgressBar, weights: String, talk: TalkOptions) {
        (self.bar, self.talk) = (bar, talk)
        download = .download(of: weights, isQuiet: talk.quiet)
    }

    /// Prints events until the work has ended.
    mutating func show(_ events: EventSequence<TrainingEvent>) async {
        for await event in events { show(event) }
        download.clear()
    }

    private mutating func show(_ event: TrainingEvent) {
        if case .downloading(_, let received, let total) = event { return download.update(received, total: total) }
        download.clear()
        switch event {
        case .downloading: break
        case .started(let plan):
            (epochs, isMultiLabel) = (plan.epochs, plan.isMultiLabel)
            plan.lines.forEach(talk.note)
            plan.notes.forEach(talk.note)
        case .engine(let report):
            bar.clear()
            report.notes.forEach(talk.note)
            report.details.forEach(talk.detail)
            talk.note("the frozen part by \(report.summary)")
        case .extracting(let done, let total):
            advance("features", done, total)
        case .epochStarted(let epoch, _):
            advance(label(epoch), 0, nil)
        case .step(let progress):
            advance(
                label(progress.epoch), progress.pictures, progress.totalPictures,
                detail: String(format: "loss %.4f  accuracy ", progress.loss) + progress.accuracy.columnPercent)
        case .validating(let done, let total):
            advance("validating", done, total)
        case .epochEnded(let metrics, let isBest):
            bar.clear()
            let accuracy = EpochMetrics.accuracyName(isMultiLabel: isMultiLabel)
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
            talk.warn(text)
        }
    }

    /// Shows how much of a part of the work is done. Its first report may be missed.
    private mutating func advance(_ part: String, _ done: Int, _ total: Int?, detail: String = "") {
        if done == 0 || part != self.part { bar.restart(part, total: total) }
        self.part = part
        if done > 0 { bar.update(done, total: total, detail: detail) }
    }

    private func label(_ epoch: Int) -> String { "epoch \(epoch)/\(epochs)" }
}
