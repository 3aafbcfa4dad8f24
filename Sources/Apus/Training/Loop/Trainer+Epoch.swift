internal import Classifier
internal import Images
internal import Platform
internal import Torch
internal import TorchNN
internal import TorchVision

extension Trainer {
    /// Trains on the remaining images of the epoch.
    func passEpoch(of source: any LearningSource) throws {
        events.send(
            .epochStarted(state.epoch, learningRate: step.phase.rate(epoch: state.epoch, batch: state.batches)))
        setup.network.train()
        var counter = StepCounter(
            batches: setup.plan.stepsPerEpoch, batchSize: configuration.data.batchSize,
            images: setup.loaders.training.imageCount, accumulation: configuration.optimizer.gradientAccumulationSteps)
        reports.begin(afterBatch: state.batches, state.sums)
        var unreadable = UnreadableImages(of: setup.loaders.training)
        let batches = try source.batches(epoch: state.epoch - 1, from: state.batches)
        while let batch = try batches.next() {
            if counter.isLate(for: batch) { try takeStep(&counter) }
            let failures = batches.newFailures()
            let outcome = try step.learn(
                batch, of: source, epoch: state.epoch, isLast: counter.isLast(batch), failures: failures.count
            ) { counter.fraction(of: batch, images: $0) }
            try sums.add(meanLoss: outcome.loss, hits: outcome.hits, images: outcome.images)
            if outcome.failures > 0 {
                try report(batches.isShared ? failures : setup.team.gather(failures: failures), in: &unreadable)
            }
            if counter.add(batch, images: outcome.images) { try takeStep(&counter) }
        }
        if counter.isUnderWay { try takeStep(&counter) }
        if reports.isDueAtEnd(afterBatch: state.batches) { try reportBatches() }
        try reportRest(of: batches, "training image", in: &unreadable)
        state.sums = try sums.read()
        guard state.sums.images > 0 else {
            throw ApusError(
                .noReadableImages,
                configuration.data.dropsLastBatch
                    ? "too few of the training images could be read to fill a batch of \(configuration.data.batchSize)"
                    : "none of the training images could be read")
        }
        try warnOfUnreadableClasses(in: data.training, "training")
        try demandSoundness(of: state.sums.meanLoss, in: "epoch \(state.epoch)")
    }

    private func takeStep(_ counter: inout StepCounter) throws {
        let (phase, epoch, batch) = (step.phase, state.epoch, state.batches)
        if counter.hasImages {
            try step.update(
                learningRate: phase.rate(epoch: epoch, batch: batch),
                momentum: phase.momentum(epoch: epoch, batch: batch), correction: counter.correction)
        } else {
            step.skip()
        }
        state.batches = counter.endStep()
        // Reading a sum waits for CUDA, so it is not done in each step.
        let isRead = setup.device.kind == .cpu || state.batches % 16 < configuration.optimizer.gradientAccumulationSteps
        if isRead { try report(sums.read()) }
        if reports.isDue(afterBatch: state.batches, of: setup.plan.stepsPerEpoch) { try reportBatches() }
        if store.isSavingDue { try save() }
        try setup.team.checkCancellation()
    }

    /// Reports the metrics of the epoch so far.
    private func report(_ sums: EpochSums) throws {
        try demandSoundness(of: sums.meanLoss, in: "epoch \(state.epoch), step \(state.batches)")
        let progress = TrainingProgress(
            epoch: state.epoch, step: state.batches, steps: setup.plan.stepsPerEpoch, images: sums.images,
            totalImages: setup.loaders.training.imageCount, loss: sums.meanLoss, accuracy: sums.accuracy,
            learningRate: rateOfLastStep)
        if let summary = state.summaries.take(progress, step: stepsDone) { try store.record(summary) }
        events.send(.step(progress))
    }

    /// Reports the metrics of the last batches.
    private func reportBatches() throws {
        let metrics = reports.take(
            epoch: state.epoch, batch: state.batches, of: setup.plan.stepsPerEpoch, try sums.read(),
            learningRate: rateOfLastStep)
        if let metrics { events.send(.batches(metrics)) }
    }

    // MARK: What the user should know

    /// Reports the images at the end of a pass that could not be read, and those with several frames.
    func reportRest(of batches: LearningBatches, _ part: String, in unreadable: inout UnreadableImages) throws {
        let (failures, frames) = (batches.newFailures(), batches.severalFrames)
        guard !batches.isShared else {
            try report(failures, in: &unreadable)
            return try note(frames, in: part)
        }
        try report(setup.team.gather(failures: failures), in: &unreadable)
        try note(SeveralFrames(setup.team.gather(frames)), in: part)
    }

    /// Reports the images that could not be read, each once.
    ///
    /// - Parameters:
    ///   - failures: Those of the next batch, of all processes.
    ///   - unreadable: Those of the pass so far. The loader of each process has the limit for its own ones only.
    /// - Throws: `UnreadableLimitError` if there are too many.
    func report(_ failures: [SampleFailure], in unreadable: inout UnreadableImages) throws {
        for failure in failures where reportedUnreadable.insert(failure.name).inserted {
            state.unreadable.append(failure.name)
            try store.record(.unreadable(name: failure.name, reason: "\(failure.error)"), step: stepsDone)
            events.send(.unreadable(failure))
        }
        try unreadable.add(failures)
    }

    /// Warns of the classes of which no image could be read, once.
    func warnOfUnreadableClasses(in images: any ImageDataset, _ part: String) throws {
        guard state.epoch == 1, !reportedUnreadable.isEmpty else { return }
        let places = (0..<images.count).filter { reportedUnreadable.contains(images.name(at: $0)) }
        for name in images.unreadableClasses(Set(places)) {
            try warn("none of the \(part) images of the class '\(name)' could be read.")
        }
    }

    /// Notes the images with several frames, once for the images of each part.
    func note(_ frames: SeveralFrames, in part: String) throws {
        guard state.epoch == 1, let note = frames.note(of: part), notedFrames.insert(part).inserted else { return }
        try store.record(.note(note), step: stepsDone)
        events.send(.note(note))
    }

    func warn(_ text: String) throws {
        try store.record(.note(text), step: stepsDone)
        events.send(.warning(text))
    }

    /// The largest loss of a network that has not diverged: that of wrong predictions with a probability of 1 -
    /// exp(-1e4).
    private static let explodedLoss = 1e4

    /// Whether a loss shows that training has diverged. Custom losses have other scales.
    func hasDiverged(_ loss: Double) -> Bool {
        !loss.isFinite || setup.custom.loss == nil && loss > Self.explodedLoss
    }

    func demandSoundness(of loss: Double, in place: String) throws(ApusError) {
        guard hasDiverged(loss) else { return }
        let custom = setup.custom.loss?.name
        throw ApusError(
            .lossDiverged, name: "optimizer.learningRate", value: rateOfLastStep,
            "the loss \(custom.map { "'\($0)' " } ?? "")is \(loss) in \(place), at a learning rate of \(rateOfLastStep): "
                + "training has diverged",
            advice: (custom == nil ? "" : "check that the loss is finite for large logits, or ")
                + "use a tenth of that rate, a warm-up (`optimizer.warmUpEpochs = 1`), or `optimizer.clipNorm = 1`; "
                + "`RateCurve` suggests a rate")
    }

    private var rateOfLastStep: Double { step.phase.rate(epoch: state.epoch, batch: max(0, state.batches - 1)) }
}
