internal import Apus
internal import Foundation
internal import TorchVision

/// Tells the events of a training run: a bar while it works, a line for each epoch.
final class TrainingTalk: Sendable {
    let bar: ProgressBar
    private let epochs: Int
    private let talk: TalkOptions

    init(epochs: Int, talk: TalkOptions) {
        self.epochs = epochs
        self.talk = talk
        bar = ProgressBar("", total: nil, isQuiet: talk.quiet)
    }

    func show(_ event: TrainingEvent) {
        switch event {
        case .started(let plan): tell(plan)
        case .epochStarted(let epoch, _):
            bar.restart(label(epoch), total: nil)
        case .step(let progress):
            bar.update(
                progress.pictures, total: progress.totalPictures,
                detail: String(format: "loss %.4f  accuracy ", progress.loss) + progress.accuracy.percent)
        case .validating(let done, let total):
            if done == 0 { bar.restart("validating", total: total) } else { bar.update(done) }
        case .epochEnded(let metrics, let isBest):
            bar.clear()
            talk.note(
                "\(label(metrics.epoch))  "
                    + String(format: "loss %.4f  accuracy ", metrics.trainingLoss) + metrics.trainingAccuracy.percent
                    + String(format: "  validation loss %.4f  accuracy ", metrics.validationLoss)
                    + metrics.validationAccuracy.percent + (isBest ? "  best" : ""))
        case .unreadable(let failure):
            bar.clear()
            talk.note("left out: \(failure)")
        }
    }

    private func tell(_ plan: TrainingPlan) {
        plan.notes.forEach(talk.note)
        plan.engine?.details.forEach(talk.detail)
        let engine = plan.engine.map { ", the frozen part by \($0.summary)" } ?? ""
        let head = plan.head == .lastLayer ? "" : ", head \(plan.head)"
        talk.note(
            "\(plan.model), strategy \(plan.strategy)\(head): \(plan.trainableParameters.grouped) of "
                + "\(plan.parameters.grouped) parameters are trained, on \(plan.device)\(engine)")
        talk.note(
            "\(plan.trainingPictures.grouped) pictures of \(plan.classes.count) classes, "
                + "\(plan.validationPictures.grouped) for validation")
    }

    private func label(_ epoch: Int) -> String { "epoch \(epoch)/\(epochs)" }
}
