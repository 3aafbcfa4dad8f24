internal import Apus
internal import Classifier
internal import Images
internal import Platform
internal import TorchVision

extension Evaluation {
    /// The maximum number of rows of a table. `--format json` lists all classes.
    private static let mostRows = 30

    /// The evaluation as text: the verdict, then the metrics.
    ///
    /// - Parameter isQuiet: whether to omit the notes on rows that are not shown.
    func text(isQuiet: Bool) -> String {
        let paragraphs = [verdict.printable, summary, confidence, classTable(isQuiet), confusedTable(isQuiet), absence]
        return paragraphs.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private var summary: String {
        var table = Table([
            ("images", .right), ("metric", .left), ("value", .right), ("95 % interval", .left),
        ])
        // With two classes, the top-5 accuracy is always 100 %.
        for top in topK where top.k < labels.count || top.k == 1 {
            table.add([
                top.k == 1 ? count.grouped : "", "top-\(top.k)", top.accuracy.value.columnPercent,
                "\(String(printf: "%.1f", top.accuracy.lower * 100)) to \(top.accuracy.upper.columnPercent)",
            ])
        }
        if let meanAveragePrecision {
            table.add(["", "mean average precision", meanAveragePrecision.columnPercent, ""])
        }
        table.add(["", "loss", String(printf: "%.4f", loss), ""])
        if errors > 0 { table.add([errors.grouped, "unreadable", "", ""]) }
        return table.text
    }

    /// The calibration metrics, without and with the temperature.
    private var confidence: String {
        guard let uncalibrated else { return "" }
        var table = Table([
            ("probabilities", .left), ("calibration error", .right), ("Brier score", .right), ("loss", .right),
        ])
        func add(_ name: String, _ metrics: ConfidenceMetrics) {
            table.add([
                name, metrics.expectedCalibrationError.columnPercent, String(printf: "%.4f", metrics.brierScore),
                String(printf: "%.4f", metrics.negativeLogLikelihood),
            ])
        }
        add("uncalibrated", uncalibrated)
        if let calibrated, let temperature {
            add(String(printf: "calibrated (temperature %.3f)", temperature), calibrated)
        }
        guard let unknown else { return table.text }
        return table.text
            + "\n\nRejected as unknown: \(unknown.count.grouped) of \(counted(count, "image")), with a probability "
            + "below \(unknown.threshold.columnPercent). Accuracy of the other images: "
            + "\(unknown.accuracyOfKnown.columnPercent)."
    }

    private func classTable(_ isQuiet: Bool) -> String {
        // A class without images has no recall.
        let classes = classes.filter { $0.support > 0 }
        guard classes.count > 1 else { return "" }
        let hasCurves = classes.contains { $0.averagePrecision != nil }
        var table = Table(
            [("class", .left), ("images", .right), ("precision", .right), ("recall", .right), ("F1", .right)]
                + (hasCurves ? [("average precision", .right), ("ROC AUC", .right)] : []))
        let sorted = classes.sorted { ($0.scores.f1, $0.index) < ($1.scores.f1, $1.index) }
        func add(_ name: String, _ count: Int, _ scores: ClassScores, _ areas: [Double?]) {
            table.add(
                [
                    name, count.grouped, scores.precision.columnPercent, scores.recall.columnPercent,
                    scores.f1.columnPercent,
                ]
                    + (hasCurves ? areas.map { $0.map { String(printf: "%.4f", $0) } ?? "" } : []))
        }
        for result in sorted.prefix(Self.mostRows) {
            add(
                (result.name ?? result.label).cell(), result.support, result.scores,
                [result.averagePrecision, result.areaUnderROC])
        }
        let images = classes.reduce(0) { $0 + $1.support }
        add("macro avg", images, macro, [meanAveragePrecision, nil])
        add("weighted avg", images, weighted, [nil, nil])
        if let micro { add("micro avg", images, micro, [nil, nil]) }
        return table.text + rest(classes.count - Self.mostRows, "class", "es", "with a higher F1", isQuiet)
    }

    private func confusedTable(_ isQuiet: Bool) -> String {
        guard let confusion else { return "" }
        let pairs = confusion.mostConfused(Self.mostRows / 3)
        guard !pairs.isEmpty else { return "" }
        var table = Table([
            ("true class", .left), ("predicted as", .left), ("images", .right), ("% of true class", .right),
        ])
        let sums = confusion.rowSums
        for pair in pairs {
            table.add([
                displayName(of: pair.truth).cell(), displayName(of: pair.prediction).cell(), pair.count.grouped,
                (Double(pair.count) / Double(sums[pair.truth])).columnPercent,
            ])
        }
        let all = confusion.cells.count { $0.truth != $0.prediction }
        return table.text + rest(all - pairs.count, "pair", "s", "of confused classes", isQuiet)
    }

    private func rest(_ count: Int, _ noun: String, _ plural: String, _ what: String, _ isQuiet: Bool) -> String {
        guard count > 0, !isQuiet else { return "" }
        return "\n… and \(count.grouped) more \(noun)\(count == 1 ? "" : plural) \(what) (--format json lists all)"
    }

    private var absence: String {
        guard !absentClasses.isEmpty else { return "" }
        let most = 5
        return "Not evaluated, because there are no images of these classes: "
            + absentNames.prefix(most).map { $0.cell() }.joined(separator: ", ")
            + (absentClasses.count > most ? " and \((absentClasses.count - most).grouped) more." : ".")
    }
}

/// Prints the result of each image as CSV as soon as it is known.
struct EvaluationRows: Sendable {
    private let classes: [String]
    private let displayNames: [String]?

    init(_ model: ModelDescription) throws {
        classes = model.classes
        displayNames = model.allDisplayNames
        let names = displayNames == nil ? "" : ",truth_name,prediction_name"
        try Console.write(csv: "file,truth,prediction,correct,probability,truth_probability,loss" + names)
    }

    func write(_ outcome: ImageOutcome) throws {
        func names(_ places: [Int], in classes: [String]? = nil) -> String {
            CSV.field(places.map { (classes ?? self.classes)[$0] }.joined(separator: ";"))
        }
        let further = displayNames.map {
            ",\(names(outcome.truth, in: $0)),\(names(outcome.prediction, in: $0))"
        }
        try Console.write(
            csv: "\(CSV.field(outcome.file)),\(names(outcome.truth)),\(names(outcome.prediction)),\(outcome.isCorrect),"
                + "\(outcome.probability),\(outcome.truthProbability.map { "\($0)" } ?? ""),\(outcome.loss)"
                + (further ?? ""))
    }
}
