internal import Classifier
internal import Images
internal import Platform
internal import Torch
internal import TorchNN
internal import TorchVision

/// The result of a validation.
struct Validation {
    let metrics: ValidationMetrics
    /// The mean of the run's loss: the cross entropy, as in `metrics`, or a custom one.
    let loss: Double
    /// The custom metrics of the images.
    let customMetrics: [any TrainingMetric]
    /// The calibration of the probabilities.
    let calibration: ModelCalibration?
}

/// The metrics of a validation.
struct ValidationMetrics: Equatable {
    let loss: Double
    /// The fraction of correctly classified images; in multi-label data, of correct labels.
    let accuracy: Double
    /// The mean average precision of multi-label data; nil otherwise.
    let meanAveragePrecision: Double?
    /// The results for each class.
    let classes: [TrainingCurves.ClassTally]
}

extension ValidationTally {
    /// The metrics.
    var metrics: ValidationMetrics {
        let (counts, correct, predicted) = (counts, correct, predicted)
        return ValidationMetrics(
            loss: loss, accuracy: accuracy, meanAveragePrecision: meanAveragePrecision,
            classes: counts.indices.map { .init(images: counts[$0], hits: correct[$0], predictions: predicted[$0]) })
    }
}

extension Trainer {
    /// Validates the epoch. After few steps, the running statistics of batch normalization may not match the weights,
    /// so that the validation loss explodes while training is normal. The statistics are then estimated again, on
    /// training batches of the epoch.
    func settledValidation(on sources: LearningSources) throws -> Validation {
        try step.shareBuffers()
        let validation = try validate(on: sources.validation)
        let loss = validation.metrics.loss
        guard hasDiverged(loss),
            let batches = try step.estimateRunningStatistics(
                on: sources.training, epoch: state.epoch, afterBatch: setup.team.agreeOnCancellation)
        else { return validation }
        let note =
            "epoch \(state.epoch): the \(setup.custom.loss == nil ? "validation loss" : "validation cross entropy") was \(loss); after "
            + "\(stepsDone == 1 ? "1 step" : "\(stepsDone) steps") the running statistics of batch normalization do not "
            + "match the weights, so they were estimated again from \(batches) training \(batches == 1 ? "batch" : "batches")"
        try report(note: note)
        try step.shareBuffers()
        return try validate(on: sources.validation)
    }

    /// Validates the network before training, if the configuration asks for it. Training is the same with and without:
    /// the weights and the statistics of batch normalization do not change, and random numbers depend only on the seed
    /// and the step.
    func validateFirst(on sources: LearningSources) throws {
        guard configuration.output.validatesFirst, state.initial == nil, state.epoch == 1, state.batches == 0 else {
            return
        }
        let validation = try validate(on: sources.validation)
        guard validation.loss.isFinite else {
            // Random weights may give outputs that no number can hold.
            return try report(note: "epoch 0: the validation loss is \(validation.loss) before training")
        }
        let metrics = InitialMetrics(
            validationLoss: validation.loss, validationAccuracy: validation.metrics.accuracy,
            validationMeanAveragePrecision: validation.metrics.meanAveragePrecision)
        state.initial = metrics
        try store.record(metrics)
        events.send(.initialValidation(metrics))
    }

    /// Reports a note in the log and to the user.
    func report(note: String) throws {
        try store.record(.note(note), step: stepsDone)
        events.send(.note(note))
    }

    private func validate(on source: any LearningSource) throws -> Validation {
        setup.network.eval()
        var tally = makeTally(isMultiLabel: data.isMultiLabel, classes: data.classes, images: source.dataset)
        var sample = LogitSample(classCount: data.classes.count)
        var (metrics, losses) = (setup.custom.metrics, 0.0)
        let (probabilities, labels) = (Probabilities(isMultiLabel: data.isMultiLabel), Array(data.classes.indices))
        events.send(.validating(done: 0, total: data.validation.count))
        try step.withAveragedWeights {
            let batches = try source.batches(epoch: 0, from: 0)
            var unreadable = UnreadableImages(of: setup.loaders.validation)
            while let batch = try batches.next() {
                let outputs = try setup.team.gather(step.outputs(batch, of: source, failures: batches.newFailures()))
                let logits = try Logits(outputs.values, images: outputs.images.count, classes: data.classes.count)
                losses += outputs.loss
                var rows = logits.makeIterator()
                try tally.add(logits, images: outputs.images) { outcome in
                    guard !metrics.isEmpty, let row = rows.next() else { return }
                    try metrics.update(outcome, probabilities: probabilities(row, of: labels))
                }
                if !data.isMultiLabel { sample.add(logits, outputs.images.map { source.dataset.label(at: $0) }) }
                try report(outputs.failures, in: &unreadable)
                events.send(.validating(done: tally.count, total: data.validation.count))
                try setup.team.checkCancellation()
            }
            try reportRest(of: batches, "validation image", in: &unreadable)
        }
        guard tally.count > 0 else {
            throw ApusError(.noReadableImages, "none of the validation images could be read")
        }
        // After the validation before training, the one of the first epoch warns.
        if state.batches > 0 { try warnOfUnreadableClasses(in: data.validation, "validation") }
        let loss = setup.custom.loss == nil ? tally.loss : losses / Double(tally.count)
        return Validation(
            metrics: tally.metrics, loss: loss, customMetrics: metrics,
            calibration: try sample.calibration(coverage: configuration.output.coverage))
    }
}
