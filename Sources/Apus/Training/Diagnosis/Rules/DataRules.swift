internal import Foundation

extension TrainingCurves {
    /// How far an accuracy on the validation pictures may lie off by chance. Two pictures more on either side keep it from
    /// being 0 where all are right (Agresti and Coull, 1998).
    func standardError(of accuracy: Double) -> Double {
        let count = Double(validationPictures)
        let share = (accuracy * count + 2) / (count + 4)
        return (share * (1 - share) / (count + 4)).squareRoot()
    }

    /// The accuracy changes from epoch to epoch by no more than chance may make of so few pictures.
    var noisyValidation: Finding? {
        guard !isMultiLabel, let best = epochs.map(\.validationAccuracy).max(), validationPictures > 0 else {
            return nil
        }
        let range = 1.96 * standardError(of: best)
        let changes = zip(epochs, epochs.dropFirst()).map { abs($1.validationAccuracy - $0.validationAccuracy) }
        let usual = Curve.median(changes.suffix((changes.count + 1) / 2))
        guard range > Threshold.uncertainty.value, usual < range else { return nil }
        let epochs =
            changes.isEmpty
            ? ""
            : " Epochs differ by less (\(usual.points) as a rule), so which of them is the best is largely chance."
        return Finding(
            .noisyValidation,
            "The validation has only \(validationPictures) \(validationPictures == 1 ? "picture" : "pictures"), so an "
                + "accuracy of \(best.percent) is uncertain by ± \(range.points).\(epochs)",
            advice: "more pictures for validation (--val-split), or several runs with other seeds (--seed)")
    }

    /// No picture was taken for a class that the validation has.
    var classesNeverPredicted: Finding? {
        guard let tallies = lastValidation, tallies.count == classes.count else { return nil }
        let missed = zip(classes, tallies).filter {
            $1.predictions == 0 && Double($1.pictures) >= Threshold.classPictures.value
        }
        guard !missed.isEmpty else { return nil }
        let named = zip(classes, tallies).filter { $1.predictions > 0 }.map(\.0)
        let advice =
            "a look whether the labels are right, more pictures of \(missed.count == 1 ? "it" : "them"), a larger weight "
            + "in the loss, or a smaller learning rate"
        if named.count == 1 {
            return Finding(
                .classNeverPredicted, "Every validation picture is taken for \(enumerated(named)).", advice: advice)
        }
        let pictures = missed.map(\.1.pictures).reduce(0, +)
        return Finding(
            .classNeverPredicted,
            "No validation picture is taken for \(enumerated(missed.map(\.0))), though \(pictures) of them "
                + "are of \(missed.count == 1 ? "that class" : "those classes").",
            advice: advice)
    }

    /// Some classes have many times the pictures of others.
    var unbalancedClasses: Finding? {
        guard let counts = trainingCounts, counts.count == classes.count, counts.count > 1,
            let largest = counts.indices.max(by: { counts[$0] < counts[$1] }),
            let smallest = counts.indices.min(by: { counts[$0] < counts[$1] }),
            Double(counts[largest]) >= Threshold.imbalance.value * Double(max(1, counts[smallest]))
        else { return nil }
        let always =
            isMultiLabel
            ? ""
            : " Always naming \(enumerated([classes[largest]])) would be right for \(guess.accuracy.percent) of them."
        return Finding(
            .unbalancedClasses,
            "The training pictures are unbalanced: \(counts[largest]) of \(enumerated([classes[largest]])), but "
                + "\(counts[smallest]) of \(enumerated([classes[smallest]])).\(always)",
            advice: "more pictures of the rare classes, weights for them in the loss, or drawing them more often; and "
                + "judging by the accuracy of each class (apus evaluate)")
    }
}
