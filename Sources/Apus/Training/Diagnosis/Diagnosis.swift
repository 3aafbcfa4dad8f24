internal import Classifier
internal import Platform

/// Tells in words what the curves of a run show, and what usually helps. The rules and the reasons of their thresholds
/// stand in docs/diagnosis.md.
///
/// - Returns: the findings, the gravest first; a run that shows nothing is told to be well, or too short to judge. Empty
///   where nothing was trained.
public func diagnose(_ curves: TrainingCurves) -> [Finding] {
    guard !curves.epochs.isEmpty || curves.collapse != nil else { return [] }
    var findings: [Finding] = []
    func found(_ kinds: Finding.Kind...) -> Bool { findings.contains { kinds.contains($0.kind) } }
    func add(_ finding: Finding?) { finding.map { findings.append($0) } }

    // Each rule explains what it finds; a later one speaks only where none before it explains the same.
    add(curves.rateTooLarge)
    if curves.collapse == nil, let short = curves.tooFewSteps {
        // What the first steps show is their own doing, but for what hangs on the data alone.
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
    /// What is said where no rule finds anything.
    fileprivate var nothingFound: Finding {
        guard Double(epochs.count) >= Threshold.minimumEpochs.value, let last = epochs.last else {
            return Finding(
                .tooShort,
                "The curves of \(epochs.count == 1 ? "one epoch" : "\(epochs.count) epochs") are too short to judge.",
                advice: "a run of \(Int(Threshold.minimumEpochs.value)) epochs or more (`epochs`)")
        }
        let curves = [trainingLosses, validationLosses]
        let haveSettled = curves.allSatisfy { abs(Curve.fall($0.suffix(2))) <= Threshold.improvement.value }
        guard let first = epochs.first, first.trainingLoss > last.trainingLoss,
            first.validationLoss > last.validationLoss
        else {
            return Finding(
                .allIsWell,
                "Nothing stands out: the losses are \(last.trainingLoss.short) in training and "
                    + "\(last.validationLoss.short) in validation.")
        }
        return Finding(
            .allIsWell,
            "All is well: training and validation loss came down together, to \(last.trainingLoss.short) and "
                + "\(last.validationLoss.short)\(haveSettled ? ", and have settled" : "").")
    }

    /// The run has so few steps, and has learned so little in them, that its curves say nothing of the network.
    var tooFewSteps: Finding? {
        let best = epochs.map(\.validationAccuracy).max() ?? 0
        guard isMultiLabel || skill(best) < Threshold.skill.value, let perEpoch = optimizerStepsPerEpoch,
            let steps = optimizerSteps, perEpoch > 0,
            Double(steps) < neededSteps
        else { return nil }
        let epochs = Int((neededSteps / Double(perEpoch)).rounded(.up))
        return Finding(
            .tooShort,
            "The run has taken \(counted(steps, "step")), too few to judge a network that began with "
                + "\(startsFresh ? "random" : "pretrained") weights.",
            advice: "more steps (\(setting("epochs", epochs)), or a smaller `batchSize`)"
                + (couldStartPretrained ? ", or pretrained weights (`start = .pretrained`)" : ""))
    }
}

/// What the curves of a run tell, in words.
public struct Finding: Sendable, Codable, Equatable {
    /// What is found.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// The loss jumps, rises or is no number any more.
        case rateTooLarge
        /// The training pictures are learnt by heart: the validation loss rises while the training loss falls.
        case overfitting
        /// The training pictures are recognised far better than the validation pictures.
        case gap
        /// The loss falls steadily but hardly.
        case rateTooSmall
        /// Not even the training pictures are learnt.
        case underfitting
        /// No picture is taken for some class.
        case classNeverPredicted
        /// Some classes have many times the pictures of others.
        case unbalancedClasses
        /// The validation pictures are too few to tell epochs apart.
        case noisyValidation
        /// The validation loss still falls when the run ends.
        case stillImproving
        /// The run is too short to tell anything.
        case tooShort
        /// Nothing to mend.
        case allIsWell
    }

    /// What is found.
    public let kind: Kind
    /// The epoch, from 1, since which it holds; nil where it belongs to the whole run.
    public let since: Int?
    /// What is seen, with its figures.
    public let sentence: String
    /// What usually helps; nil where there is nothing to mend.
    public let advice: String?

    init(_ kind: Kind, since: Int? = nil, _ sentence: String, advice: String? = nil) {
        self.kind = kind
        self.since = since
        self.sentence = sentence
        self.advice = advice
    }
}

extension Finding: CustomStringConvertible {
    /// The sentence, and what helps.
    public var description: String { advice.map { "\(sentence) What helps: \($0)." } ?? sentence }
}
