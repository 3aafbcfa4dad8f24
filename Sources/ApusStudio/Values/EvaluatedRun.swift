internal import Classifier
internal import StudioProject

/// The outcomes of a run on photos, and their metrics with the present labels.
struct EvaluatedRun: Sendable {
    /// What the run predicted for a photo.
    struct Outcome: Sendable {
        let photo: Int
        /// Indices of the run's classes.
        let truth, prediction: Int
        let probability, truthProbability, loss: Double

        var isCorrect: Bool { truth == prediction }
    }

    /// Where the photos come from: the test set, or else the validation photos of the run.
    let split: Split
    /// The number of edits at that time.
    let revision: Int
    /// The names of the run's classes, as they are now.
    let classes: [String]
    /// The classes of the project that they are; nil for those that it does not have any more.
    let classIDs: [Int?]
    let evaluation: Evaluation
    let outcomes: [Outcome]

    /// The fraction of photos that are correct.
    var accuracy: Fraction { Fraction(hits: outcomes.count(where: \.isCorrect), of: outcomes.count) }

    /// The mistakes, that with the highest loss first.
    var mistakes: [Outcome] {
        outcomes.filter { !$0.isCorrect }.sorted { ($1.loss, $0.photo) < ($0.loss, $1.photo) }
    }
}
