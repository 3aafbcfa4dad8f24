internal import Apus
internal import Classifier
internal import Foundation
internal import Images
internal import Platform
internal import TorchVision

extension Evaluation {
    /// So many rows of a table people read; a thousand classes are for `--format json`.
    private static let mostRows = 30

    /// The evaluation for people.
    ///
    /// - Parameter isQuiet: whether what is left out of the tables goes unsaid.
    func text(isQuiet: Bool) -> String {
        let paragraphs = [summary, confidence, classTable(isQuiet), confusedTable(isQuiet), absence]
        return paragraphs.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private var summary: String {
        var table = Table([
            ("pictures", .right), ("measure", .left), ("value", .right), ("95 % interval", .left),
        ])
        // Of two classes the true one is always among the five most probable.
        for top in topK where top.k < labels.count || top.k == 1 {
            table.add([
                top.k == 1 ? count.grouped : "", "top-\(top.k)", top.accuracy.value.columnPercent,
                "\(String(format: "%.1f", top.accuracy.lower * 100)) to \(top.accuracy.upper.columnPercent)",
            ])
        }
        if let meanAveragePrecision {
            table.add(["", "mean average precision", meanAveragePrecision.columnPercent, ""])
        }
        table.add(["", "loss", String(format: "%.4f", loss), ""])
        if errors > 0 { table.add([errors.grouped, "unreadable", "", ""]) }
        return table.text
    }

    /// How far probabilities can be trusted.
    private var confidence: String {
        guard let uncalibrated else { return "" }
        var table = Table([
            ("probabilities", .left), ("calibration error", .right), ("Brier score", .right), ("loss", .right),
        ])
        func add(_ name: String, _ figures: ConfidenceFigures) {
            table.add([
                name, figures.expectedCalibrationError.columnPercent, String(format: "%.4f", figures.brierScore),
                String(format: "%.4f", figures.negativeLogLikelihood),
            ])
        }
        add("of the network", uncalibrated)
        if let calibrated, let temperature { add("at temperature \(String(format: "%.3f", temperature))", calibrated) }
        guard let unknown else { return table.text }
        return table.text
            + "\n\n\(counted(unknown.count, "picture")) of \(count.grouped) below \(unknown.threshold.columnPercent): unknown. "
            + "Of the others \(unknown.accuracyOfKnown.columnPercent) are recognised."
    }

    private func classTable(_ isQuiet: Bool) -> String {
        // Of a class without pictures only the precision could be told.
        let classes = classes.filter { $0.support > 0 }
        guard classes.count > 1 else { return "" }
        let hasCurves = classes.contains { $0.averagePrecision != nil }
        var table = Table(
            [("class", .left), ("pictures", .right), ("precision", .right), ("recall", .right), ("F1", .right)]
                + (hasCurves ? [("average precision", .right), ("ROC area", .right)] : []))
        let sorted = classes.sorted { ($0.scores.f1, $0.index) < ($1.scores.f1, $1.index) }
        func add(_ name: String, _ count: Int, _ scores: ClassScores, _ areas: [Double?]) {
            table.add(
                [
                    name, count.grouped, scores.precision.columnPercent, scores.recall.columnPercent,
                    scores.f1.columnPercent,
                ]
                    + (hasCurves ? areas.map { $0.map { String(format: "%.4f", $0) } ?? "" } : []))
        }
        for result in sorted.prefix(Self.mostRows) {
            add(result.label.cell(), result.support, result.scores, [result.averagePrecision, result.areaUnderROC])
        }
        let pictures = classes.reduce(0) { $0 + $1.support }
        add("mean of the classes (macro)", pictures, macro, [meanAveragePrecision, nil])
        add("weighed by pictures", pictures, weighted, [nil, nil])
        if let micro { add("all decisions (micro)", pictures, micro, [nil, nil]) }
        return table.text + rest(classes.count - Self.mostRows, "class", "es", "with a higher F1", isQuiet)
    }

    private func confusedTable(_ isQuiet: Bool) -> String {
        guard let confusion else { return "" }
        let pairs = confusion.mostConfused(Self.mostRows / 3)
        guard !pairs.isEmpty else { return "" }
        var table = Table([("true class", .left), ("taken for", .left), ("pictures", .right), ("of the class", .right)])
        let sums = confusion.rowSums
        for pair in pairs {
            table.add([
                labels[pair.truth].cell(), labels[pair.prediction].cell(), pair.count.grouped,
                (Double(pair.count) / Double(sums[pair.truth])).columnPercent,
            ])
        }
        let all = confusion.cells.count { $0.truth != $0.prediction }
        return table.text + rest(all - pairs.count, "pair", "s", "that are confused", isQuiet)
    }

    private func rest(_ count: Int, _ noun: String, _ plural: String, _ what: String, _ isQuiet: Bool) -> String {
        guard count > 0, !isQuiet else { return "" }
        return "\n… and \(count.grouped) more \(noun)\(count == 1 ? "" : plural) \(what): --format json has all."
    }

    private var absence: String {
        guard !absentClasses.isEmpty else { return "" }
        let most = 5
        return "Without pictures, so nothing is known of them: "
            + absentClasses.prefix(most).map { $0.cell() }.joined(separator: ", ")
            + (absentClasses.count > most ? " and \((absentClasses.count - most).grouped) more." : ".")
    }
}

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
