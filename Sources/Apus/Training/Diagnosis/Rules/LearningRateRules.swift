internal import Classifier
internal import Platform

extension TrainingCurves {
    /// The loss became NaN, is far above chance level, or rises.
    var rateTooLarge: Finding? {
        guard let seen = collapsed ?? (hasCustomLoss ? nil : aboveChanceLevel ?? rising) else { return nil }
        let rate = collapse?.learningRate ?? epochs.map(\.learningRate).max() ?? 0
        return Finding(
            .rateTooLarge, since: seen.epoch,
            "The learning rate of \(rate.short) is too high: \(seen.symptom).",
            advice: "a learning rate that is 3 to 10 times lower (`optimizer.learningRate = \((rate / 10).short)`), a "
                + "warm-up, or gradient clipping")
    }

    private typealias Symptom = (epoch: Int, symptom: String)

    private var collapsed: Symptom? {
        collapse.map {
            ($0.epoch, "the loss became \($0.loss) in step \($0.step) (epoch \($0.epoch))")
        }
    }

    /// A new network begins near chance level. A loss far above that results from large steps.
    private var aboveChanceLevel: Symptom? {
        let chance = chanceLoss
        let start = steps.first?.loss
        if let start, let peak = steps.filter({ $0.epoch == 1 }).max(by: { $0.loss < $1.loss }),
            peak.loss > chance * Threshold.peakFactor.value, peak.loss > start
        {
            return (
                1,
                "in the first steps the loss rises from \(start.short) to \(peak.loss.short), above chance level "
                    + "(\(chance.short))"
            )
        }
        // In the first steps a network may be far above chance level by itself.
        let factor = tooFewSteps == nil ? Threshold.chanceFactor : .peakFactor
        guard let place = epochs.indices.first(where: showsRate), epochs[place].trainingLoss > chance * factor.value
        else { return nil }
        let epoch = epochs[place]
        return (
            epoch.epoch,
            "the training loss in epoch \(epoch.epoch) (\(epoch.trainingLoss.short)) is above chance level "
                + "(\(chance.short))"
        )
    }

    /// Returns whether the loss of an epoch comes after enough steps to depend on the learning rate.
    private func showsRate(_ place: Int) -> Bool {
        optimizerStepsPerEpoch.map { Double($0 * (place + 1) - 1) >= Threshold.rateSteps.value } ?? true
    }

    /// The mean over an epoch hides the noise of single steps, so it should fall from epoch to epoch.
    private var rising: Symptom? {
        let chance = chanceLoss
        let hasBegun = tooFewSteps == nil
        let pairs = epochs.indices.dropFirst().filter(showsRate).map { (epochs[$0 - 1], epochs[$0]) }
        // Near zero a loss may double without harm.
        if let (before, leap) = pairs.first(where: {
            $1.trainingLoss > $0.trainingLoss * Threshold.leap.value
                && $1.trainingLoss - $0.trainingLoss > chance * Threshold.leapHeight.value
                && (hasBegun || $1.trainingLoss > chance * Threshold.peakFactor.value)
        }) {
            return (
                leap.epoch,
                "in epoch \(leap.epoch) the training loss jumps from \(before.trainingLoss.short) to "
                    + leap.trainingLoss.short
            )
        }
        let rises = pairs.filter {
            $1.trainingLoss > $0.trainingLoss * (1 + Threshold.jump.value)
                && $1.trainingLoss - $0.trainingLoss > chance * Threshold.leapHeight.value * Threshold.jump.value
        }
        guard hasBegun, let first = rises.first, Double(rises.count) >= Threshold.jumps.value,
            Double(rises.count) >= Threshold.jumpFraction.value * Double(epochs.count - 1)
        else { return nil }
        return (
            first.1.epoch,
            "the training loss rises \(rises.count) times in \(epochs.count) epochs, first in epoch \(first.1.epoch) "
                + "(\(first.0.trainingLoss.short) to \(first.1.trainingLoss.short))"
        )
    }

    /// A loss falls steadily and slowly, nearly along a straight line, while much of it is left. The loss of a network
    /// that has converged falls less and less instead. Dropout and augmentation may hide the fall of the training loss;
    /// the validation loss then shows it.
    var rateTooSmall: Finding? {
        let curves = [("training", trainingLosses), ("validation", validationLosses)]
        let left = priorBaseline.loss * Threshold.crawlLoss.value
        guard !hasCustomLoss, Double(epochs.count) >= Threshold.minimumEpochs.value,
            curves.allSatisfy({ Curve.fall($1[...]) < Threshold.crawl.value && $1[$1.count - 1] > left }),
            let (name, losses) = curves.first(where: { Self.crawls($1) })
        else { return nil }
        // If the schedule lowered the learning rate, the losses fall less.
        let rate = epochs.map(\.learningRate).max() ?? 0
        guard (epochs.last?.learningRate ?? 0) >= Threshold.steadyRate.value * rate else { return nil }
        let (first, last) = distinctTexts(losses[0], losses[losses.count - 1])
        return Finding(
            .rateTooSmall,
            "The learning rate of \(rate.short) is too low: the \(name) loss falls steadily but slowly, from \(first) to "
                + "\(last) in \(losses.count) epochs.",
            advice: "a learning rate that is 3 to 10 times higher "
                + "(`optimizer.learningRate = \((rate * 10).short)`), or more")
    }

    private static func crawls(_ losses: [Double]) -> Bool {
        let falling = zip(losses, losses.dropFirst()).filter { $1 < $0 }.count
        let (last, middle) = (losses.count - 1, (losses.count - 1) / 2)
        let early = (losses[0] - losses[middle]) / Double(middle)
        let late = (losses[middle] - losses[last]) / Double(last - middle)
        return losses[last] < losses[0] && Double(falling) >= Threshold.crawlSteady.value * Double(last)
            && late >= early * Threshold.crawlStraight.value
    }
}
