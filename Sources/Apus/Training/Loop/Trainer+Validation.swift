internal import Classifier
internal import Images
internal import Platform
internal import Torch
internal import TorchNN
internal import TorchVision

/// What a pass over the validation images comes to.
struct Validation {
    let metrics: ValidationMetrics
    /// What makes probabilities of the network's logits.
    let calibration: ModelCalibration?
}

/// What a validation says of an epoch.
struct ValidationMetrics: Equatable {
    let loss: Double
    /// The fraction of images that are correct; where an image may have several labels, the fraction of all labels.
    let accuracy: Double
    /// Where an image may have several labels.
    let meanAveragePrecision: Double?
    /// What it comes to for each class.
    let classes: [TrainingCurves.ClassTally]
}

extension ValidationTally {
    /// The means.
    var metrics: ValidationMetrics {
        let (counts, correct, predicted) = (counts, correct, predicted)
        return ValidationMetrics(
            loss: loss, accuracy: accuracy, meanAveragePrecision: meanAveragePrecision,
            classes: counts.indices.map { .init(pictures: counts[$0], hits: correct[$0], predictions: predicted[$0]) })
    }
}

extension Trainer {
    /// Validates the epoch. The few steps of a young network leave the running statistics of its batch normalization far
    /// from what its weights give, which spoils the validation and says nothing of its training: then they are estimated
    /// anew, on batches of the epoch that has ended.
    func settledValidation(on sources: LearningSources) throws -> Validation {
        let validation = try validate(on: sources.validation)
        guard !Self.isSound(validation.metrics.loss),
            let batches = try step.estimateRunningStatistics(
                on: sources.training, epoch: state.epoch, afterBatch: events.checkCancellation)
        else { return validation }
        let note =
            "epoch \(state.epoch): the validation loss was \(validation.metrics.loss); after "
            + "\(stepsDone == 1 ? "1 step" : "\(stepsDone) steps") the running statistics of batch normalization are not "
            + "settled, so they were estimated anew from \(batches) training \(batches == 1 ? "batch" : "batches")"
        try store.record(.note(note), step: stepsDone)
        events.send(.note(note))
        return try validate(on: sources.validation)
    }

    private func validate(on source: any LearningSource) throws -> Validation {
        setup.network.eval()
        var tally = makeTally(isMultiLabel: data.isMultiLabel, classes: data.classes, pictures: source.dataset)
        var sample = LogitSample(classCount: data.classes.count)
        events.send(.validating(done: 0, total: data.validation.count))
        try step.withAveragedWeights {
            let batches = try source.batches(epoch: 0, from: 0)
            while let batch = try batches.next() {
                let logits = try Logits(
                    step.outputs(batch, of: source), images: batch.pictures.count, classes: data.classes.count)
                tally.add(logits, pictures: batch.pictures) { _ in }
                if !data.isMultiLabel { sample.add(logits, batch.pictures.map { source.dataset.label(at: $0) }) }
                try report(batches.newFailures())
                events.send(.validating(done: tally.count, total: data.validation.count))
                try events.checkCancellation()
            }
            try report(batches.newFailures())
        }
        guard tally.count > 0 else {
            throw ApusError(.noReadableImages, "none of the validation images could be read")
        }
        try warnOfUnreadableClasses(in: data.validation, "validation")
        return Validation(
            metrics: tally.metrics, calibration: try sample.calibration(knownShare: configuration.knownShare))
    }
}
