internal import Classifier
internal import Platform

extension TrainingCurves {
    /// The loss is no number any more, is far above that of a blind guess, or rises where it should fall.
    var rateTooLarge: Finding? {
        guard let seen = collapsed ?? worseThanBlind ?? rising else { return nil }
        let rate = collapse?.learningRate ?? epochs.map(\.learningRate).max() ?? 0
        return Finding(
            .rateTooLarge, since: seen.epoch, "\(seen.sentence): the learning rate of \(rate.short) is too large.",
            advice: "a third to a tenth of that rate (`learningRate = \((rate / 10).short)`), a warm-up, or clipped "
                + "gradients")
    }

    private typealias Sight = (epoch: Int, sentence: String)

    private var collapsed: Sight? {
        collapse.map {
            ($0.epoch, "In step \($0.step), in epoch \($0.epoch), the loss is \($0.loss) and training has come apart")
        }
    }

    /// A new network knows nothing and says so; one that is sure of what is wrong was thrown there by large steps.
    private var worseThanBlind: Sight? {
        let blind = blindLoss
        let start = steps.first?.loss
        if let start, let peak = steps.filter({ $0.epoch == 1 }).max(by: { $0.loss < $1.loss }),
            peak.loss > blind * Threshold.peakFactor.value, peak.loss > start
        {
            return (
                1,
                "In the first steps the loss rises from \(start.short) to \(peak.loss.short), where guessing blindly has "
                    + blind.short
            )
        }
        // A network that has hardly begun may be far off by itself.
        let factor = tooFewSteps == nil ? Threshold.blindFactor : .peakFactor
        guard let place = epochs.indices.first(where: showsRate), epochs[place].trainingLoss > blind * factor.value
        else { return nil }
        let epoch = epochs[place]
        return (
            epoch.epoch,
            "In \(place == 0 ? "the first epoch" : "epoch \(epoch.epoch)") the training loss is "
                + "\(epoch.trainingLoss.short), where guessing blindly has \(blind.short)"
        )
    }

    /// Whether the loss of the epoch at a place comes after enough steps to show their size.
    private func showsRate(_ place: Int) -> Bool {
        optimizerStepsPerEpoch.map { Double($0 * (place + 1) - 1) >= Threshold.rateSteps.value } ?? true
    }

    /// The mean over an epoch hides the noise of steps, so it should fall from epoch to epoch.
    private var rising: Sight? {
        let blind = blindLoss
        let hasBegun = tooFewSteps == nil
        let pairs = epochs.indices.dropFirst().filter(showsRate).map { (epochs[$0 - 1], epochs[$0]) }
        // Near zero a loss may double and be as good as before.
        if let (before, leap) = pairs.first(where: {
            $1.trainingLoss > $0.trainingLoss * Threshold.leap.value
                && $1.trainingLoss - $0.trainingLoss > blind * Threshold.leapHeight.value
                && (hasBegun || $1.trainingLoss > blind * Threshold.peakFactor.value)
        }) {
            return (
                leap.epoch,
                "In epoch \(leap.epoch) the training loss leaps from \(before.trainingLoss.short) to "
                    + leap.trainingLoss.short
            )
        }
        let rises = pairs.filter {
            $1.trainingLoss > $0.trainingLoss * (1 + Threshold.jump.value)
                && $1.trainingLoss - $0.trainingLoss > blind * Threshold.leapHeight.value * Threshold.jump.value
        }
        guard hasBegun, let first = rises.first, Double(rises.count) >= Threshold.jumps.value,
            Double(rises.count) >= Threshold.jumpShare.value * Double(epochs.count - 1)
        else { return nil }
        return (
            first.1.epoch,
            "The training loss rises again and again, \(rises.count) times in \(epochs.count) epochs, first in epoch "
                + "\(first.1.epoch) from \(first.0.trainingLoss.short) to \(first.1.trainingLoss.short)"
        )
    }

    /// A loss falls steadily, hardly, and nearly along a straight line, while much of it is left. A network that has
    /// learnt what it can falls less and less instead. Dropout and augmentation may hide the fall of the training loss;
    /// the validation loss, of the same pictures each time, then shows it.
    var rateTooSmall: Finding? {
        let curves = [("training", trainingLosses), ("validation", validationLosses)]
        let left = guess.loss * Threshold.crawlLoss.value
        guard Double(epochs.count) >= Threshold.minimumEpochs.value,
            curves.allSatisfy({ Curve.fall($1[...]) < Threshold.crawl.value && $1[$1.count - 1] > left }),
            let (name, losses) = curves.first(where: { Self.crawls($1) })
        else { return nil }
        // Where the schedule has brought the rate down, the losses are to fall less.
        let rate = epochs.map(\.learningRate).max() ?? 0
        guard (epochs.last?.learningRate ?? 0) >= Threshold.steadyRate.value * rate else { return nil }
        let (first, last) = told(losses[0], losses[losses.count - 1])
        return Finding(
            .rateTooSmall,
            "The \(name) loss falls steadily but hardly, from \(first) to \(last) in \(losses.count) epochs: the learning "
                + "rate of \(rate.short) is too small.",
            advice: "three to ten times that rate (`learningRate = \((rate * 10).short)`), or more")
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
