internal import Apus
internal import ArgumentParser
internal import Images
internal import Platform
internal import TorchNN
internal import TorchVision

/// The checks for flags without effect. Flags that never have an effect together are errors; flags whose values have no
/// effect are warnings.
extension TrainCommand {
    /// The flags that can be combined with `--resume`.
    private static let flagsOfResume = [
        "--resume", "--data", "--epochs", "--processes", "--process-timeout", "--format", "--quiet", "--verbose",
    ]

    /// The flags that `--find-lr` ignores.
    private static let flagsWithoutRateTest = [
        "--epochs", "--lr", "--schedule", "--warm-up", "--accumulate", "--ema", "--best-by", "--patience",
        "--keep-every", "--keep-last", "--print-every", "--validate-first", "--checkpoint-minutes", "--coverage",
        "--no-report", "--tensorboard", "--histograms",
    ]

    /// Rejects all flags that can't change when a run is resumed, even with their default values.
    func checkFlagsOfResume(_ given: GivenFlags) throws {
        let others = given.names.filter { !Self.flagsOfResume.contains($0) }
        guard data != nil || !others.isEmpty else { return }
        throw ValidationError(
            "--resume uses the settings of the run; only --epochs can be changed. Omit "
                + ((data == nil ? [] : ["DATA"]) + others).joined(separator: ", ")
                + ". If the data was moved, give the new path with --data. To change other settings, start a new run "
                + "with --config \(resume ?? "RUN")/config.json.")
    }

    /// Rejects flags that have no effect with the others.
    ///
    /// - Parameter settings: the settings of `--config` and the flags.
    func checkFlags(_ given: GivenFlags, with settings: TrainingConfiguration) throws {
        try given.refuse("--dry-run", where: findLr, "with --find-lr")
        try given.refuse(
            "--momentum", where: ![.sgd, .rmsprop].contains(settings.optimizer.kind),
            "with the optimizer \(settings.optimizer.kind.rawValue); use --optimizer sgd or rmsprop")
        try given.refuse(
            "--no-norm-decay", where: settings.optimizer.effectiveWeightDecay == 0,
            "without weight decay; add --weight-decay")
        try given.refuse(
            "--layerwise-decay", "--backbone-lr-scale", where: [.frozen, .last(1)].contains(settings.network.strategy),
            "with the strategy \(settings.network.strategy), which trains only the head")
        try given.refuse(
            "--train-transforms", where: settings.compute.cachesFeatures && settings.compute.cachedViews == nil,
            "with --cache-features, which computes features without augmentation; add --cache-views")
        let namesWeights = settings.model.contains(":") && !fileExists(settings.model)
        guard settings.network.initialWeights == .random, namesWeights else { return }
        try given.refuse(
            "--fresh", "--model", where: true,
            "because '\(settings.model)' means pretrained weights, but --fresh means random ones; use only one of them")
    }

    /// The warnings about values without effect, one sentence each.
    ///
    /// - Parameter isAlone: whether the run has one process and no launcher, which may start more of them later.
    func warnings(_ given: GivenFlags, _ settings: TrainingConfiguration, isAlone: Bool) -> [String] {
        var warnings: [String] = []
        func warn(_ flag: String, where isIdle: Bool, _ reason: String) {
            if isIdle, given.names.contains(flag) { warnings.append("\(flag) has no effect: \(reason)") }
        }
        let epochs = settings.epochs
        guard !findLr else {
            let idle = given.among(Self.flagsWithoutRateTest).filter { flag in
                if case .gradual = settings.network.strategy, flag == "--epochs" { return false }
                return true
            }
            return idle.isEmpty ? [] : ["with --find-lr these flags have no effect: \(idle.joined(separator: ", "))"]
        }
        for flag in ["--process-timeout", "--sync-batch-norm", "--gradient-compression"] {
            warn(flag, where: isAlone && !dryRun, "the run has one process")
        }
        let length = counted(epochs, "epoch")
        warn(
            "--patience", where: (settings.patience ?? 0) + 1 >= epochs,
            "a run of \(length) can't stop earlier")
        warn("--keep-every", where: (settings.output.keepEvery ?? 1) > epochs, "the run has only \(length)")
        warn(
            "--keep-last", where: (settings.output.keepLast ?? 0) >= epochs / max(1, settings.output.keepEvery ?? 1),
            "a run of \(length) keeps no more models")
        warn(
            "--cache-views", where: (settings.compute.cachedViews ?? 1) > epochs,
            "\(length) use at most one view each")
        warn("--best-by", where: epochs == 1, "there is only one epoch")
        warn(
            "--schedule", where: !settings.optimizer.schedule.changes(within: epochs),
            "the learning rate does not change within \(length)")
        if case .oneCycle = settings.optimizer.schedule {
            warn("--momentum", where: true, "onecycle sets the momentum")
        }
        warn(
            "--engine",
            where: !settings.output.writesReport
                && (settings.network.initialWeights == .random || settings.network.strategy == .all),
            "no layers are frozen")
        return warnings
    }

    /// Rejects flags for splitting data that has its own splits. The data is opened only if such a flag is given.
    func checkSplitFlags(_ given: GivenFlags, data: String, _ settings: TrainingConfiguration) throws {
        let flags = given.among(["--val-split", "--test-split", "--group-pattern"])
        guard !flags.isEmpty else { return }
        let opened = try openDataset(at: data, options: settings.data.dataset)
        func source(_ split: DatasetUnderstanding.Split) -> String {
            opened.understanding.parts.first { $0.split == split }?.source ?? split.rawValue
        }
        guard opened.validation == nil else {
            throw ValidationError(
                "\(flags.joined(separator: ", ")) \(flags.count == 1 ? "has" : "have") no effect because \(data) has "
                    + "its own validation images (\(source(.val))). Omit it, or use only the training images as DATA.")
        }
        guard flags.contains("--test-split"), opened.test != nil else { return }
        throw ValidationError(
            "--test-split has no effect because \(data) has its own test images (\(source(.test))). Omit it, or use "
                + "only the training images as DATA.")
    }
}

extension Schedule {
    /// Whether the learning rate changes in a run of this many epochs.
    fileprivate func changes(within epochs: Int) -> Bool {
        switch self {
        case .constant, .cosine, .oneCycle, .polynomial: true
        case .step(let every, _): every < epochs
        case .multiStep(let milestones, _): (milestones.first ?? .max) < epochs
        case .exponential, .decay, .inverse: epochs > 1
        case .plateau(let plateau): plateau.patience < epochs - 2
        }
    }
}
