internal import Classifier
internal import Platform

extension TrainingCurves {
    /// The validation loss rises beyond its noise while the training loss falls.
    var overfitting: Finding? {
        let losses = validationLosses
        let validation = Curve.smoothed(losses)
        guard let lowest = validation.indices.min(by: { validation[$0] < validation[$1] }),
            // Smoothing moves the lowest point by at most one epoch.
            let turn = (max(0, lowest - 1)...min(losses.count - 1, lowest + 1)).min(by: { losses[$0] < losses[$1] }),
            Double(losses.count - 1 - turn) >= Threshold.risePeriod.value
        else { return nil }
        let (low, high) = (validation[lowest], validation[validation.count - 1])
        let training = Curve.smoothed(trainingLosses)
        let (before, after) = (training[lowest], training[training.count - 1])
        guard
            high - low
                > max(Threshold.rise.value * abs(low), Threshold.riseNoise.value * Curve.noise(validationLosses)),
            before - after > Threshold.trainingFall.value * abs(before)
        else { return nil }
        let since = epochs[turn + 1].epoch
        let scores = epochs[turn...].map(\.validationScore)
        let name = EpochMetrics.scoreName(isMultiLabel: isMultiLabel)
        let held = scores[scores.count - 1] >= scores[0] ? " The \(name) is not affected so far." : ""
        return Finding(
            .overfitting, since: since,
            "Overfitting since epoch \(since): the validation loss rises (\(low.short) to \(high.short)) while the training "
                + "loss falls (\(before.short) to \(after.short)).\(held)",
            advice: "more images or stronger augmentation, \(lessFreedom), or fewer epochs "
                + "(\(setting("epochs", since - 1)))")
    }

    /// The accuracy is far higher in training than in validation, although the validation loss does not rise.
    var gap: Finding? {
        guard let last = epochs.last, validationImages > 0 else { return nil }
        let gap = last.trainingAccuracy - last.validationAccuracy
        let deviation = standardError(of: last.validationAccuracy)
        guard gap > Threshold.gap.value, gap > Threshold.gapNoise.value * deviation else { return nil }
        let name = EpochMetrics.accuracyName(isMultiLabel: isMultiLabel)
        return Finding(
            .gap,
            "The network generalizes poorly: at the end the \(name) is \(last.trainingAccuracy.percent) in training, but "
                + "only \(last.validationAccuracy.percent) in validation.",
            advice: "more images or stronger augmentation, \(lessFreedom)")
    }

    private var lessFreedom: String {
        if startsFresh {
            return "dropout, weight decay, a smaller network"
                + (couldStartPretrained ? ", pretrained weights (`network.initialWeights = .pretrained`)" : "")
        }
        return trainsEverything
            ? "dropout, weight decay, fewer trained layers (`network.strategy = .last(1)`)"
            : "dropout, weight decay, a smaller head"
    }

    /// The network does not even learn the training images. Other causes are checked first.
    var underfitting: Finding? {
        guard let last = epochs.last, Double(epochs.count) >= Threshold.minimumEpochs.value else { return nil }
        let accuracy = max(last.trainingAccuracy, epochs.map(\.validationAccuracy).max() ?? 0)
        guard isMultiLabel ? lacksLabels(accuracy) : skill(accuracy) < Threshold.skill.value else { return nil }
        let larger =
            trainsEverything
            ? "a larger network" : "more trained layers (`network.strategy = .last(2)` or `network.strategy = .all`)"
        let pretrained = couldStartPretrained ? ", pretrained weights (`network.initialWeights = .pretrained`)" : ""
        // While the training loss falls, the network still learns.
        let stillLearns = Curve.fall(trainingLosses.suffix(3)) > Threshold.improvement.value
        let first = stillLearns ? "a longer run (\(setting("epochs", longer))), " : ""
        if !isMultiLabel, accuracy <= priorBaseline.accuracy + 2 * standardError(of: priorBaseline.accuracy) {
            return Finding(
                .underfitting,
                "The network is no better than always predicting the most frequent class: its accuracy is "
                    + "\(accuracy.percent), the prior baseline is \(priorBaseline.accuracy.percent).",
                advice: "\(first)a learning rate that is 10 times lower or higher, \(larger)\(pretrained)"
                    + (stillLearns ? "" : "; if none of these helps, the labels may be wrong (`LabelCheck`)"))
        }
        let name = EpochMetrics.accuracyName(isMultiLabel: isMultiLabel)
        return Finding(
            .underfitting,
            "Underfitting: even in training the \(name) is only \(last.trainingAccuracy.percent) at the end, with a training "
                + "loss of \(last.trainingLoss.short) and a validation loss of \(last.validationLoss.short).",
            advice: "\(first)\(larger)\(pretrained), or less augmentation, less dropout or less weight decay")
    }

    /// Most images have few of the labels, so predicting none has a high label accuracy. The network underfits if its
    /// label accuracy is hardly higher and its mean average precision is low, too.
    private func lacksLabels(_ accuracy: Double) -> Bool {
        guard let chance = chanceScore, chance < 1, let score = epochs.map(\.validationScore).max() else {
            return false
        }
        return skill(accuracy) < Threshold.labelSkill.value && (score - chance) / (1 - chance) < Threshold.skill.value
    }

    /// The validation loss still falls when the run ends: each of the last two epochs has the lowest one so far.
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
            "The validation loss still falls at the end, by \(fall.percent) per epoch, to \(last.short).",
            advice: "a longer run (\(setting("epochs", longer)))")
    }

    /// Twice as many epochs.
    private var longer: Int { epochs.count * 2 }
}
