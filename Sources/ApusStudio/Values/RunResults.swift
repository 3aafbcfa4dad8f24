internal import Classifier
internal import StudioProject

/// The results of a run on photos that it has not learned from, as the page sees them.
struct RunResults: Sendable, Encodable {
    /// The metrics of a class.
    struct Class: Sendable, Encodable {
        let index: Int
        let name: String
        let support: Int
        let precision, recall, f1: Double
    }

    /// How well probabilities match the accuracy.
    struct Calibration: Sendable, Encodable {
        struct Bin: Sendable, Encodable {
            let low, high, confidence, accuracy: Double
            let count: Int
        }

        /// The expected calibration error.
        let error: Double
        let bins: [Bin]
    }

    /// The number of photos, of those with a wrong prediction, and of further ones that can't be read.
    let count, errors, unreadable: Int
    let accuracy: Fraction
    @OrNull var top5: Fraction?
    let loss, macroF1: Double
    let calibration: Calibration
    let classes: [Class]
    /// `[truth][prediction]`, with the indices of `classes`.
    let confusion: [[Int]]
    let worst: [PageOutcome]
    /// `test`, or `val` if no test photo has a label.
    let split: Split
    let revision: Int
    /// Whether there are other photos now, or another model.
    let isStale: Bool

    init(_ evaluated: EvaluatedRun, worst: [PageOutcome], isStale: Bool) {
        let evaluation = evaluated.evaluation
        (count, unreadable, accuracy) = (evaluation.count, evaluation.errors, evaluated.accuracy)
        errors = evaluated.outcomes.count { !$0.isCorrect }
        let top5 = evaluation.labels.count > 5 ? evaluation.topK.first { $0.k == 5 } : nil
        self.top5 = top5.map { Fraction($0.accuracy, count: evaluation.count) }
        (loss, macroF1) = (evaluation.loss, evaluation.macro.f1)
        let confidence = evaluation.calibrated ?? evaluation.uncalibrated
        calibration = Calibration(
            error: confidence?.expectedCalibrationError ?? 0,
            bins: (confidence?.bins ?? []).map {
                Calibration.Bin(
                    low: $0.lower, high: $0.upper, confidence: $0.confidence, accuracy: $0.accuracy, count: $0.count)
            })
        let found = Dictionary(evaluation.classes.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
        classes = evaluated.classes.enumerated().map { index, name in
            let (result, scores) = (found[index], found[index]?.scores)
            return Class(
                index: index, name: name, support: result?.support ?? 0, precision: scores?.precision ?? 0,
                recall: scores?.recall ?? 0, f1: scores?.f1 ?? 0)
        }
        confusion = evaluation.confusion?.counts() ?? []
        (split, revision) = (evaluated.split, evaluated.revision)
        (self.worst, self.isStale) = (worst, isStale)
    }
}

/// What a run predicted for a photo, as the page sees it.
struct PageOutcome: Sendable, Encodable {
    @OrNull var photo: PagePhoto?
    /// Indices of the run's classes.
    let truth, prediction: Int
    let probability, truthProbability, loss: Double
}

/// A photo that only one of two runs has right.
struct FlippedPhoto: Sendable, Encodable {
    struct Answer: Sendable, Encodable {
        let `class`: String
        let probability: Double
    }

    let photo: PagePhoto
    let truth: String
    let a, b: Answer
}

/// Two runs on the same photos, as the page sees them.
struct ComparedRuns: Sendable, Encodable {
    struct Setting: Sendable, Encodable {
        let key, a, b: String
    }

    let a, b: Run
    let settings: [Setting]
    let count: Int
    let accuracyA, accuracyB: Fraction
    let onlyA, onlyB: [FlippedPhoto]
    let pValue: Double
}
