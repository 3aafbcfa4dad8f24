internal import Classifier
internal import Platform

extension TrainingCurves {
    /// The validation loss rises beyond its noise while the training loss falls.
    var overfitting: Finding? {
        let losses = validationLosses
        let validation = Curve.smoothed(losses)
        guard let lowest = validation.indices.min(by: { validation[$0] < validation[$1] }),
            // Smoothing moves the lowest point by one at most.
            let turn = (max(0, lowest - 1)...min(losses.count - 1, lowest + 1)).min(by: { losses[$0] < losses[$1] }),
            Double(losses.count - 1 - turn) >= Threshold.risePeriod.value
        else { return nil }
        let (low, high) = (validation[lowest], validation[validation.count - 1])
        let training = Curve.smoothed(trainingLosses)
        let (before, after) = (training[lowest], training[training.count - 1])
        guard high - low > max(Threshold.rise.value * low, Threshold.riseNoise.value * Curve.noise(validationLosses)),
            before - after > Threshold.trainingFall.value * before
        else { return nil }
        let since = epochs[turn + 1].epoch
        let scores = epochs[turn...].map(\.validationScore)
        let name = EpochMetrics.scoreName(isMultiLabel: isMultiLabel)
        let held = scores[scores.count - 1] >= scores[0] ? " The \(name) has not suffered so far." : ""
        return Finding(
            .overfitting, since: since,
            "From epoch \(since) on the validation loss rises (\(low.short) to \(high.short)) while the training loss falls "
                + "(\(before.short) to \(after.short)): the network learns the training pictures by heart "
                + "(overfitting).\(held)",
            advice: "more pictures or stronger augmentation, \(lessFreedom), or an end after epoch \(since - 1)")
    }

    /// The training pictures are recognised far better than others, though the validation loss does not rise.
    var gap: Finding? {
        guard let last = epochs.last, validationPictures > 0 else { return nil }
        let gap = last.trainingAccuracy - last.validationAccuracy
        let deviation = standardError(of: last.validationAccuracy)
        guard gap > Threshold.gap.value, gap > Threshold.gapNoise.value * deviation else { return nil }
        let name = EpochMetrics.accuracyName(isMultiLabel: isMultiLabel)
        return Finding(
            .gap,
            "At the end the \(name) is \(last.trainingAccuracy.percent) in training, but only "
                + "\(last.validationAccuracy.percent) in validation: what is learned does not carry over well.",
            advice: "more images or stronger augmentation, \(lessFreedom)")
    }

    private var lessFreedom: String {
        if startsFresh {
            return "dropout, weight decay, a smaller network"
                + (couldStartPretrained ? ", pretrained weights (`start = .pretrained`)" : "")
        }
        return trainsEverything
            ? "dropout, weight decay, fewer trained layers (`strategy = .last(1)`)"
            : "dropout, weight decay, a smaller head"
    }

    /// Not even the training images are learned. Other reasons are looked for first.
    var underfitting: Finding? {
        guard let last = epochs.last, Double(epochs.count) >= Threshold.minimumEpochs.value else { return nil }
        let accuracy = max(last.trainingAccuracy, epochs.map(\.validationAccuracy).max() ?? 0)
        guard isMultiLabel ? lacksLabels(accuracy) : skill(accuracy) < Threshold.skill.value else { return nil }
        let larger =
            trainsEverything ? "a larger network" : "more trained layers (`strategy = .last(2)` or `strategy = .all`)"
        let pretrained = couldStartPretrained ? ", pretrained weights (`start = .pretrained`)" : ""
        // While the training loss falls the network still learns, if slowly.
        let stillLearns = Curve.fall(trainingLosses.suffix(3)) > Threshold.improvement.value
        let first = stillLearns ? "a longer run (\(setting("epochs", longer))), " : ""
        if !isMultiLabel, accuracy <= guess.accuracy + 2 * standardError(of: guess.accuracy) {
            return Finding(
                .underfitting,
                "The network does no better than the commonest class: \(accuracy.percent) are correct, where naming "
                    + "that class always has \(guess.accuracy.percent).",
                advice: "\(first)another learning rate (a tenth of it, then ten times), \(larger)\(pretrained)"
                    + (stillLearns ? "" : "; where none of these does, the labels may be wrong (`LabelCheck`)"))
        }
        let name = EpochMetrics.accuracyName(isMultiLabel: isMultiLabel)
        return Finding(
            .underfitting,
            "Even in training the \(name) is only \(last.trainingAccuracy.percent) at the end, with losses of "
                + "\(last.trainingLoss.short) and \(last.validationLoss.short): the network does not learn what there is "
                + "to learn (underfitting).",
            advice: "\(first)\(larger)\(pretrained), less augmentation, dropout and weight decay")
    }

    /// Most labels of most images are absent, so that naming none has a high accuracy: labels are not learned where
    /// hardly more are right, and where the mean average precision is low too.
    private func lacksLabels(_ accuracy: Double) -> Bool {
        guard let blind = blindScore, blind < 1, let score = epochs.map(\.validationScore).max() else { return false }
        return skill(accuracy) < Threshold.labelSkill.value && (score - blind) / (1 - blind) < Threshold.skill.value
    }

    /// The validation loss still falls when the run ends: each of the last two epochs has the lowest so far.
    var stillImproving: Finding? {
        guard Double(epochs.count) >= Threshold.minimumEpochs.value else { return nil }
        let losses = validationLosses.suffix(2)
        guard let before = validationLosses.dropLast(2).min(), let last = losses.last,
            before > losses[losses.startIndex], losses[losses.startIndex] > last
        else { return nil }
        let fall = Curve.fall([before] + losses)
        guard fall > Threshold.improvement.value, Curve.fall(trainingLosses.suffix(3)) > 0 else { return nil }
        return Finding(
            .stillImproving,
            "The validation loss still falls at the end, by \(fall.percent) an epoch, to \(last.short).",
            advice: "a longer run (\(setting("epochs", longer)))")
    }

    /// Twice as many epochs.
    private var longer: Int { epochs.count * 2 }
}
