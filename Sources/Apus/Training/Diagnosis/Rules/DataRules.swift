internal import Classifier
internal import Foundation
internal import Platform

extension TrainingCurves {
    /// How far an accuracy on the validation pictures may lie off by chance. Two pictures more on either side keep it from
    /// being 0 where all are right (Agresti and Coull, 1998).
    func standardError(of accuracy: Double) -> Double {
        let count = Double(validationPictures)
        let share = (accuracy * count + 2) / (count + 4)
        return (share * (1 - share) / (count + 4)).squareRoot()
    }

    /// The validation images are so few that epochs near the best may be as good as it.
    var noisyValidation: Finding? {
        guard !isMultiLabel, let best = epochs.map(\.validationAccuracy).max(), validationPictures > 0 else {
            return nil
        }
        let range = 1.96 * standardError(of: best)
        let near = epochs.filter { best - $0.validationAccuracy < range }
        guard range > Threshold.uncertainty.value, epochs.count == 1 || near.count > 1 else { return nil }
        // Epochs that rise one after the other up to the last are in their order by more than chance.
        let accuracies = near.map(\.validationAccuracy)
        let rises =
            near.count < epochs.count && near.last == epochs.last
            && zip(accuracies, accuracies.dropFirst()).allSatisfy { $0 < $1 }
        let which = near.count == epochs.count ? "All epochs" : "\(near.count) of \(epochs.count) epochs"
        let order =
            epochs.count == 1 || rises
            ? "" : " \(which) lie within this range of the best, so another of them may be as good."
        return Finding(
            .noisyValidation,
            "The validation has only \(counted(validationPictures, "image")), so an accuracy of \(best.percent) is "
                + "uncertain by ± \(range.points).\(order)",
            advice: setsValidationAside
                ? "more images for validation (`validationSplit`), or several runs with other seeds (`seed`)"
                : "more validation images")
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
            "a longer run, more images of \(missed.count == 1 ? "it" : "them")"
            + (balancesClasses || unbalancedClasses == nil ? "" : ", a larger weight in the loss (`balancesLoss`)")
            + ", or another learning rate"
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
            advice: "more images of the rare classes, "
                + (balancesClasses ? "" : "weights for them in the loss (`balancesLoss`), ")
                + "and judging by the accuracy of each class (`ImageClassifier.evaluate`)")
    }
}
