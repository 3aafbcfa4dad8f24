internal import Apus
internal import Classifier
internal import Platform
internal import TorchVision

/// Prints the events of a training run: a progress bar, and a line for each epoch and for every few batches.
struct TrainingDisplay {
    private let bar: ProgressBar
    private let download: ProgressBar
    private let messages: MessageOptions
    private let team: ProcessTeam?
    /// The label of the bar.
    private var part = ""
    /// Values of the run's plan, which is the first event.
    private var (epochs, isMultiLabel) = (0, false)

    /// - Parameters:
    ///   - weights: the name of the weights, for the progress of a download.
    ///   - team: the processes that train; nil for one.
    init(on bar: ProgressBar, weights: String, in team: ProcessTeam?, messages: MessageOptions) {
        (self.bar, self.team, self.messages) = (bar, team, messages)
        download = .download(of: weights, isQuiet: messages.quiet)
    }

    /// Prints events until the last one.
    mutating func show(_ events: EventSequence<TrainingEvent>) async {
        for await event in events { show(event) }
        download.clear()
    }

    private mutating func show(_ event: TrainingEvent) {
        if case .downloading(let progress) = event { return download.update(progress) }
        download.clear()
        switch event {
        case .downloading: break
        case .started(let plan):
            (epochs, isMultiLabel) = (plan.epochs, plan.isMultiLabel)
            plan.lines.forEach(messages.note)
            if let line = team?.line { messages.note(line) }
            plan.notes.forEach(messages.note)
        case .engine(let report):
            bar.clear()
            report.notes.forEach(messages.note)
            report.details.forEach(messages.detail)
            messages.note("frozen layers: \(report.summary)")
        case .extracting(let done, let total):
            advance("features", done, total)
        case .initialValidation(let metrics):
            bar.clear()
            messages.note(
                "\(label(0))  "
                    + validation(
                        metrics.validationLoss, metrics.validationAccuracy, metrics.validationMeanAveragePrecision))
        case .epochStarted(let epoch, _):
            advance(label(epoch), 0, nil)
        case .step(let progress):
            advance(
                label(progress.epoch), progress.images, progress.totalImages,
                detail: String(printf: "loss %.4f  \(accuracyName) ", progress.loss) + progress.accuracy.columnPercent)
        case .batches(let metrics):
            bar.clear()
            messages.note(
                "\(label(metrics.epoch))  batch \(metrics.batch)/\(metrics.batches)  "
                    + String(printf: "loss %.4f  \(accuracyName) ", metrics.loss) + metrics.accuracy.columnPercent
                    + String(printf: "  %.1f s", metrics.duration / .seconds(1)))
        case .validating(let done, let total):
            advance("validating", done, total)
        case .epochEnded(let metrics, let isBest):
            bar.clear()
            messages.note(
                "\(label(metrics.epoch))  "
                    + String(printf: "loss %.4f  \(accuracyName) ", metrics.trainingLoss)
                    + metrics.trainingAccuracy.columnPercent + "  "
                    + validation(
                        metrics.validationLoss, metrics.validationAccuracy, metrics.validationMeanAveragePrecision)
                    + (isBest ? "  best" : ""))
        case .note(let text):
            bar.clear()
            messages.note(text)
        case .unreadable(let failure):
            bar.clear()
            messages.note("skipped: \(failure)")
        case .warning(let text):
            bar.clear()
            messages.warn(text)
        }
    }

    /// Shows the progress of a part of the work. Its first event may be missing.
    private mutating func advance(_ part: String, _ done: Int, _ total: Int?, detail: String = "") {
        if done == 0 || part != self.part { bar.restart(part, total: total) }
        self.part = part
        if done > 0 { bar.update(done, total: total, detail: detail) }
    }

    private var accuracyName: String { EpochMetrics.accuracyName(isMultiLabel: isMultiLabel) }

    private func validation(_ loss: Double, _ accuracy: Double, _ precision: Double?) -> String {
        String(printf: "validation loss %.4f  \(accuracyName) ", loss) + accuracy.columnPercent
            + (precision.map { "  mean average precision \($0.columnPercent)" } ?? "")
    }

    private func label(_ epoch: Int) -> String { "epoch \(epoch)/\(epochs)" }
}
