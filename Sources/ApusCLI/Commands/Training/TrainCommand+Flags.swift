internal import Apus
internal import ArgumentParser
internal import Foundation
internal import Images
internal import Platform
internal import TorchNN
internal import TorchVision

/// What becomes of flags that have no effect: those that never fit together are refused, those that come to nothing by
/// their numbers are warned of.
extension TrainCommand {
    /// The flags that may stand beside `--resume`.
    private static let flagsOfResume = ["--resume", "--data", "--epochs", "--format", "--quiet", "--verbose"]

    /// The flags that a test of learning rates does not heed.
    private static let flagsWithoutRateTest = [
        "--epochs", "--lr", "--schedule", "--warm-up", "--accumulate", "--ema", "--best-by", "--patience",
        "--keep-every", "--keep-last", "--checkpoint-minutes", "--unknown", "--no-report", "--tensorboard",
        "--histograms",
    ]

    /// Refuses all that a run which goes on can't change, even where it is given as it is by default.
    func checkFlagsOfResume(_ given: GivenFlags) throws {
        let others = given.names.filter { !Self.flagsOfResume.contains($0) }
        guard data != nil || !others.isEmpty else { return }
        throw ValidationError(
            "--resume goes on with the run as it is: give no DATA and no other setting but --epochs"
                + (others.isEmpty ? "." : ", so leave out \(others.joined(separator: ", ")).")
                + " If the data were moved, give the new place with --data; to change more, begin a run with --config "
                + "\(resume ?? "RUN")/config.json.")
    }

    /// Refuses flags that have no effect with the others.
    ///
    /// - Parameter settings: what the flags and `--config` come to together.
    func checkFlags(_ given: GivenFlags, with settings: TrainingConfiguration) throws {
        try given.refuse("--dry-run", where: findLr, "--find-lr tries rates instead of planning a run")
        try given.refuse(
            "--momentum", where: ![.sgd, .rmsprop].contains(settings.optimizer),
            "it goes with the optimizers sgd and rmsprop, and this is \(settings.optimizer.rawValue)")
        try given.refuse(
            "--spare-norms", where: settings.effectiveWeightDecay == 0, "there is no weight decay; give --weight-decay")
        try given.refuse(
            "--stage-rate", "--backbone-lr-scale", where: [.frozen, .last(1)].contains(settings.strategy),
            "with the strategy \(settings.strategy) the head alone is trained")
        try given.refuse(
            "--train-transforms", where: settings.cachesFeatures && settings.cachedViews == nil,
            "--cache-features computes the features of each image once, without augmentation; add --cache-views")
        let namesWeights = settings.model.contains(":") && !FileManager.default.fileExists(atPath: settings.model)
        guard settings.start == .fresh, namesWeights else { return }
        try given.refuse(
            "--fresh", "--model", where: true,
            "'\(settings.model)' names pretrained weights, and a fresh network begins without; choose one of them")
    }

    /// What has no effect by its numbers, one sentence each.
    func warnings(_ given: GivenFlags, _ settings: TrainingConfiguration) -> [String] {
        var warnings: [String] = []
        func warn(_ flag: String, where isIdle: Bool, _ reason: String) {
            if isIdle, given.names.contains(flag) { warnings.append("\(flag) has no effect: \(reason)") }
        }
        let epochs = settings.epochs
        guard !findLr else {
            let idle = given.among(Self.flagsWithoutRateTest).filter { flag in
                if case .gradual = settings.strategy, flag == "--epochs" { return false }
                return true
            }
            return idle.isEmpty ? [] : ["with --find-lr there is no effect of \(idle.joined(separator: ", "))"]
        }
        let length = counted(epochs, "epoch")
        warn(
            "--patience", where: (settings.patience ?? 0) + 1 >= epochs,
            "a run of \(length) can't end earlier by it")
        warn("--keep-every", where: (settings.keepEvery ?? 1) > epochs, "the run has only \(length)")
        warn(
            "--keep-last", where: (settings.keepLast ?? 0) >= epochs / max(1, settings.keepEvery ?? 1),
            "no more models are kept in \(length) anyway")
        warn("--cache-views", where: (settings.cachedViews ?? 1) > epochs, "\(length) take no more than as many views")
        warn("--best-by", where: epochs == 1, "there is only one epoch to choose from")
        warn("--schedule", where: !settings.schedule.changes(within: epochs), "the rate does not change in \(length)")
        if case .oneCycle = settings.schedule {
            warn("--momentum", where: true, "onecycle moves the momentum itself")
        }
        warn(
            "--engine", where: !settings.writesReport && (settings.start == .fresh || settings.strategy == .all),
            "no part of the network is frozen")
        return warnings
    }

    /// Refuses flags that say how to split data that bring their own split. Only where such a flag is given the data are
    /// opened for it.
    func checkSplitFlags(_ given: GivenFlags, data: String, _ settings: TrainingConfiguration) throws {
        let flags = given.among(["--val-split", "--test-split", "--group-pattern"])
        guard !flags.isEmpty else { return }
        let opened = try openDataset(at: data, options: settings.data)
        func source(_ split: DatasetUnderstanding.Split) -> String {
            opened.understanding.parts.first { $0.split == split }?.source ?? split.rawValue
        }
        guard opened.validation == nil else {
            throw ValidationError(
                "\(flags.joined(separator: ", ")): no effect here, since \(data) has its own validation images "
                    + "(\(source(.val))). Leave it out, or give the training images alone as DATA.")
        }
        guard flags.contains("--test-split"), opened.test != nil else { return }
        throw ValidationError(
            "--test-split: no effect here, since \(data) has its own test images (\(source(.test))). Leave it out, or "
                + "give the training images alone as DATA.")
    }
}

extension Schedule {
    /// Whether the rate changes at all in a run of so many epochs.
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
