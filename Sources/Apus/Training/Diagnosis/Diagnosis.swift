internal import Classifier
internal import Platform

/// Diagnoses the training curves of a run: finds problems and suggests what to try. docs/diagnosis.md describes the
/// rules and the reasons for their thresholds.
///
/// - Returns: the findings, the most severe first. Without problems, a finding that there is none, or that the run is
///   too short for a diagnosis. Empty if nothing was trained.
public func diagnose(_ curves: TrainingCurves) -> [Finding] {
    guard !curves.epochs.isEmpty || curves.collapse != nil else { return [] }
    var findings: [Finding] = []
    func found(_ kinds: Finding.Kind...) -> Bool { findings.contains { kinds.contains($0.kind) } }
    func add(_ finding: Finding?) { finding.map { findings.append($0) } }

    // A rule is skipped if an earlier one explains the same effect.
    add(curves.rateTooLarge)
    if curves.collapse == nil, let short = curves.tooFewSteps {
        // The first steps show little, except for problems of the data.
        if !found(.rateTooLarge) { add(short) }
        add(curves.unbalancedClasses)
    } else if !found(.rateTooLarge) || curves.collapse == nil {
        add(curves.overfitting)
        if !found(.overfitting) { add(curves.gap) }
        if !found(.rateTooLarge, .overfitting) { add(curves.rateTooSmall) }
        let improvement = found(.rateTooLarge, .overfitting, .rateTooSmall) ? nil : curves.stillImproving
        if improvement == nil, !found(.rateTooLarge, .overfitting, .gap, .rateTooSmall) { add(curves.underfitting) }
        add(curves.classesNeverPredicted)
        add(curves.unbalancedClasses)
        if !found(.rateTooLarge, .rateTooSmall), improvement == nil { add(curves.noisyValidation) }
        add(improvement)
    } else {
        add(curves.unbalancedClasses)
    }
    if findings.isEmpty { findings = [curves.nothingFound] }
    return findings
}

extension TrainingCurves {
    /// The finding if no rule applies.
    fileprivate var nothingFound: Finding {
        guard Double(epochs.count) >= Threshold.minimumEpochs.value, let last = epochs.last else {
            return Finding(
                .tooShort,
                "The training curves are too short for a diagnosis (\(counted(epochs.count, "epoch"))).",
                advice: "a run of \(Int(Threshold.minimumEpochs.value)) or more epochs (`epochs`)")
        }
        let curves = [trainingLosses, validationLosses]
        // A fall is relative, and a custom loss may be negative.
        let haveConverged = curves.allSatisfy {
            ($0.min() ?? 0) >= 0 && abs(Curve.fall($0.suffix(2))) <= Threshold.improvement.value
        }
        guard let first = epochs.first, first.trainingLoss > last.trainingLoss,
            first.validationLoss > last.validationLoss
        else {
            return Finding(
                .allIsWell,
                "No problem found: the training loss is \(last.trainingLoss.short) and the validation loss is "
                    + "\(last.validationLoss.short).")
        }
        return Finding(
            .allIsWell,
            "No problem found: training and validation loss fell together, to \(last.trainingLoss.short) and "
                + "\(last.validationLoss.short)\(haveConverged ? ", and converged" : "").")
    }

    /// The run has too few steps, and learned too little in them, to judge the network.
    var tooFewSteps: Finding? {
        let best = epochs.map(\.validationAccuracy).max() ?? 0
        guard isMultiLabel || skill(best) < Threshold.skill.value, let perEpoch = optimizerStepsPerEpoch,
            let steps = optimizerSteps, perEpoch > 0,
            Double(steps) < neededSteps
        else { return nil }
        let epochs = Int((neededSteps / Double(perEpoch)).rounded(.up))
        return Finding(
            .tooShort,
            "The run took only \(counted(steps, "step")), too few to judge a network with "
                + "\(startsFresh ? "random" : "pretrained") initial weights.",
            advice: "more steps (\(setting("epochs", epochs)), or a smaller `data.batchSize`)"
                + (couldStartPretrained ? ", or pretrained weights (`network.initialWeights = .pretrained`)" : ""))
    }
}

/// A result of the diagnosis of training curves.
public struct Finding: Sendable, Codable, Equatable {
    /// The kinds of findings.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The learning rate is too high: the loss jumps, rises or became NaN.
        case rateTooLarge
        /// Overfitting: the validation loss rises while the training loss falls.
        case overfitting
        /// The accuracy is far higher in training than in validation.
        case gap
        /// The learning rate is too low: the loss falls steadily but slowly.
        case rateTooSmall
        /// Underfitting: the network does not even learn the training images.
        case underfitting
        /// No image is predicted as some class.
        case classNeverPredicted
        /// Some classes have many times more images than others.
        case unbalancedClasses
        /// The validation images are too few to compare epochs.
        case noisyValidation
        /// The validation loss still falls when the run ends.
        case stillImproving
        /// The run is too short for a diagnosis.
        case tooShort
        /// No problem was found.
        case allIsWell
    }

    /// The kind of finding.
    public let kind: Kind
    /// The epoch, from 1, in which the effect begins; nil if it concerns the whole run.
    public let since: Int?
    /// The observation with its numbers, as a sentence.
    public let sentence: String
    /// What to try, without a verb; nil if there is nothing to fix.
    public let advice: String?

    init(_ kind: Kind, since: Int? = nil, _ sentence: String, advice: String? = nil) {
        self.kind = kind
        self.since = since
        self.sentence = sentence
        self.advice = advice
    }
}

extension Finding: CustomStringConvertible {
    /// The sentence and the advice.
    public var description: String { advice.map { "\(sentence) Try \($0)." } ?? sentence }
}
