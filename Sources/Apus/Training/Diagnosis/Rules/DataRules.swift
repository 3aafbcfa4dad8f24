internal import Classifier
internal import Foundation
internal import Platform

extension TrainingCurves {
    /// Returns the standard error of an accuracy on the validation images. Two correct and two wrong images are added,
    /// so that it is not 0 if all are correct (Agresti and Coull, 1998).
    func standardError(of accuracy: Double) -> Double {
        let count = Double(validationImages)
        let fraction = (accuracy * count + 2) / (count + 4)
        return (fraction * (1 - fraction) / (count + 4)).squareRoot()
    }

    /// There are too few validation images to distinguish the best epoch from others.
    var noisyValidation: Finding? {
        guard !isMultiLabel, let best = epochs.map(\.validationAccuracy).max(), validationImages > 0 else {
            return nil
        }
        let range = 1.96 * standardError(of: best)
        let near = epochs.filter { best - $0.validationAccuracy < range }
        guard range > Threshold.uncertainty.value, epochs.count == 1 || near.count > 1 else { return nil }
        // The order of epochs whose accuracy rises up to the last one is not by chance.
        let accuracies = near.map(\.validationAccuracy)
        let rises =
            near.count < epochs.count && near.last == epochs.last
            && zip(accuracies, accuracies.dropFirst()).allSatisfy { $0 < $1 }
        let which = near.count == epochs.count ? "All epochs" : "\(near.count) of \(epochs.count) epochs"
        let order =
            epochs.count == 1 || rises
            ? "" : " \(which) are within this range of the best, so another one may be as good."
        return Finding(
            .noisyValidation,
            "There are only \(counted(validationImages, "validation image")), so an accuracy of \(best.percent) has an "
                + "uncertainty of ± \(range.points).\(order)",
            advice: setsValidationAside
                ? "more validation images (`data.validationSplit`), or several runs with different seeds (`seed`)"
                : "more validation images")
    }

    /// No image was predicted as a class that has validation images.
    var classesNeverPredicted: Finding? {
        guard let tallies = lastValidation, tallies.count == classes.count else { return nil }
        let missed = zip(classes, tallies).filter {
            $1.predictions == 0 && Double($1.images) >= Threshold.classImages.value
        }
        guard !missed.isEmpty else { return nil }
        let named = zip(classes, tallies).filter { $1.predictions > 0 }.map(\.0)
        let advice =
            "a longer run, more images of \(missed.count == 1 ? "this class" : "these classes")"
            + (balancesClasses || unbalancedClasses == nil
                ? "" : ", class weights in the loss (`data.classBalancing = .weightedLoss`)")
            + ", or another learning rate"
        if named.count == 1 {
            return Finding(
                .classNeverPredicted, "All validation images are predicted as \(enumerated(named)).", advice: advice)
        }
        let images = missed.map(\.1.images).reduce(0, +)
        return Finding(
            .classNeverPredicted,
            "No validation image is predicted as \(enumerated(missed.map(\.0))), although "
                + "\(missed.count == 1 ? "this class has" : "these classes have") \(counted(images, "image")).",
            advice: advice)
    }

    /// Some classes have many times more images than others.
    var unbalancedClasses: Finding? {
        guard let counts = trainingCounts, counts.count == classes.count, counts.count > 1,
            let largest = counts.indices.max(by: { counts[$0] < counts[$1] }),
            let smallest = counts.indices.min(by: { counts[$0] < counts[$1] }),
            Double(counts[largest]) >= Threshold.imbalance.value * Double(max(1, counts[smallest]))
        else { return nil }
        let always =
            isMultiLabel
            ? ""
            : " Always predicting \(enumerated([classes[largest]])) is correct for \(priorBaseline.accuracy.percent) of them."
        return Finding(
            .unbalancedClasses,
            "The training images are unbalanced: \(counts[largest]) of \(enumerated([classes[largest]])), but "
                + "\(counts[smallest]) of \(enumerated([classes[smallest]])).\(always)",
            advice: "more images of the rare classes, "
                + (balancesClasses ? "" : "class weights in the loss (`data.classBalancing = .weightedLoss`), ")
                + "and evaluation by class (`ImageClassifier.evaluate`)")
    }
}
