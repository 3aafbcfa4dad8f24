internal import Apus
internal import TorchVision

/// Prints what comes of each picture as CSV, while it comes.
struct EvaluationRows: Sendable {
    private let classes: [String]

    init(classes: [String]) throws {
        self.classes = classes
        try Console.write(csv: "file,truth,prediction,correct,probability,truth_probability,loss")
    }

    func write(_ outcome: PictureOutcome) throws {
        func names(_ places: [Int]) -> String { CSV.field(places.map { classes[$0] }.joined(separator: ";")) }
        try Console.write(
            csv: "\(CSV.field(outcome.file)),\(names(outcome.truth)),\(names(outcome.prediction)),\(outcome.isCorrect),"
                + "\(outcome.probability),\(outcome.truthProbability.map { "\($0)" } ?? ""),\(outcome.loss)")
    }
}
