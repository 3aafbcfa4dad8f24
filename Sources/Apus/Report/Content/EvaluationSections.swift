internal import Classifier
internal import Foundation
internal import Platform

/// What a report tells of an evaluation, chapter by chapter.
struct EvaluationSections {
    let evaluation: Evaluation
    /// What is drawn of it.
    let figures: EvaluationFigures
    /// The pictures of its gallery.
    let thumbnails: Thumbnails
    /// Where the network looked at some of its mistakes.
    let attention: Attention
    /// What the network makes of pictures before its head.
    let map: PageFigure?

    /// What matters most, in words.
    var lead: String {
        let count = counted(evaluation.count, "picture")
        let classes = "\(evaluation.labels.count.grouped) class\(evaluation.labels.count == 1 ? "" : "es")"
        guard !evaluation.isMultiLabel else {
            return "\(count) with any of \(classes): the mean average precision is "
                + "\((evaluation.meanAveragePrecision ?? 0).columnPercent)."
        }
        var text = "\(evaluation.top1.columnPercent) of \(count) of \(classes) are recognised."
        if let pair = evaluation.confusion?.mostConfused(1).first, pair.count > 1 {
            text +=
                " The most frequent mistake: \(evaluation.labels[pair.truth]) taken for "
                + "\(evaluation.labels[pair.prediction]), \(pair.count.grouped) times."
        }
        return text
    }

    var keyFigures: [KeyFigure] {
        var figures: [KeyFigure] = []
        if let precision = evaluation.meanAveragePrecision {
            figures.append(KeyFigure(precision.columnPercent, "mean average precision"))
            if let micro = evaluation.micro {
                figures.append(
                    KeyFigure(micro.f1.columnPercent, "F1 of all decisions", detail: "at a probability of ½"))
            }
        } else {
            for top in evaluation.topK where top.k == 1 || top.k < evaluation.labels.count {
                figures.append(
                    KeyFigure(
                        top.accuracy.value.columnPercent, top.k == 1 ? "recognised (top-1)" : "top-\(top.k)",
                        detail: "95 % interval \(top.accuracy.lower.columnPercent) to "
                            + top.accuracy.upper.columnPercent))
            }
        }
        figures.append(KeyFigure(evaluation.macro.f1.columnPercent, "F1, mean of the classes"))
        figures.append(KeyFigure(evaluation.loss.fixed(4), "loss", detail: lossDetail))
        if let confidence = evaluation.calibrated ?? evaluation.uncalibrated {
            figures.append(
                KeyFigure(
                    confidence.expectedCalibrationError.columnPercent, "calibration error",
                    detail: "how far probabilities are off, on average"))
        }
        return figures
    }

    /// What the loss is, and what it is without the temperature that the model's probabilities have.
    private var lossDetail: String {
        guard evaluation.calibrated != nil, let raw = evaluation.uncalibrated, let temperature = evaluation.temperature
        else { return "mean cross entropy" }
        return "mean cross entropy at temperature \(temperature.short); without it "
            + "\(raw.negativeLogLikelihood.fixed(4)), as in training"
    }

    var sections: [PageSection] {
        [classes, confusion, confidence, curves, pictures, looks, features].compactMap(\.self)
    }

    // MARK: Chapters

    private var classes: PageSection {
        let hasPrecision = evaluation.classes.contains { $0.averagePrecision != nil }
        let hasArea = evaluation.classes.contains { $0.areaUnderROC != nil }
        var columns: [PageTable.Column] = [
            .text("class"), .number("pictures"), .number("taken for it"), .number("precision"), .number("recall"),
            .number("F1"),
        ]
        if hasPrecision { columns.append(.number("average precision")) }
        if hasArea { columns.append(.number("area under ROC")) }
        let rows = evaluation.classes.map { result in
            var row: [PageTable.Cell] = [
                .text(result.label), .number(result.support), .number(result.predicted),
                .share(result.scores.precision), .share(result.scores.recall), .share(result.scores.f1),
            ]
            if hasPrecision { row.append(.share(result.averagePrecision)) }
            if hasArea { row.append(.number(result.areaUnderROC) { $0.fixed(4) }) }
            return row
        }
        var blocks: [any PageBlock] = [
            Paragraphs(
                "Recall is the share of a class's pictures that are recognised; precision the share of the pictures "
                    + "taken for a class that are of it; F1 their harmonic mean. Click on a heading to sort."),
            PageTable(caption: "Figures of each class", columns: columns, rows: rows),
            means,
        ]
        if !evaluation.absentClasses.isEmpty {
            blocks.append(
                Paragraphs(
                    "Without a picture here: \(enumerated(evaluation.absentClasses, atMost: 20)).", isNote: true))
        }
        if let figure = figures.classes { blocks.insert(figure, at: 0) }
        return PageSection("Classes", blocks)
    }

    private var means: PageTable {
        let means: [(String, ClassScores?)] = [
            ("each class weighs the same (macro)", evaluation.macro),
            ("each picture weighs the same (weighted)", evaluation.weighted),
            ("all decisions together (micro)", evaluation.micro),
        ]
        return PageTable(
            caption: "Means over the classes",
            columns: [.text("mean"), .number("precision"), .number("recall"), .number("F1")],
            rows: means.compactMap { name, scores in
                scores.map { [.text(name), .share($0.precision), .share($0.recall), .share($0.f1)] }
            })
    }

    private var confusion: PageSection? {
        guard let matrix = evaluation.confusion, evaluation.labels.count > 1 else { return nil }
        let sums = matrix.rowSums
        let pairs = matrix.mostConfused(50)
        guard !pairs.isEmpty else {
            return PageSection("Confusion", [Paragraphs("No picture is taken for another class.")])
        }
        let rows: [[PageTable.Cell]] = pairs.map { pair in
            [
                .text(matrix.labels[pair.truth]), .text(matrix.labels[pair.prediction]), .number(pair.count),
                .share(Double(pair.count) / Double(max(1, sums[pair.truth]))),
            ]
        }
        let table = PageTable(
            caption: "The most confused pairs of classes",
            columns: [.text("class"), .text("taken for"), .number("pictures"), .number("of the class")], rows: rows)
        return PageSection("Confusion", figures.confusion + [table])
    }

    private var confidence: PageSection? {
        guard let raw = evaluation.uncalibrated else { return nil }
        let told = evaluation.calibrated ?? raw
        let isBold = told.bins.reduce(0) { $0 + Double($1.count) * ($1.confidence - $1.accuracy) } > 0
        var words = [
            "A probability can be trusted where it equals the share of right answers. Here it is off by "
                + "\(told.expectedCalibrationError.columnPercent) on average: the model is "
                + (isBold ? "surer than it should be." : "less sure than it could be.")
        ]
        if let temperature = evaluation.temperature {
            words.append(
                "The model divides its logits by a temperature of \(temperature.short), which was fitted on validation "
                    + "pictures; without it the error would be \(raw.expectedCalibrationError.columnPercent).")
        }
        if let unknown = evaluation.unknown {
            words.append(
                "Below a probability of \(unknown.threshold.columnPercent) it calls a picture unknown: "
                    + "\(counted(unknown.count, "picture")) here. Of the others "
                    + "\(unknown.accuracyOfKnown.columnPercent) are recognised.")
        }
        let rows: [(String, ConfidenceFigures)] =
            [("without temperature", raw)] + (evaluation.calibrated.map { [("with temperature", $0)] } ?? [])
        let table = PageTable(
            caption: "How far probabilities can be trusted",
            columns: [
                .text("probabilities"), .number("calibration error"), .number("largest in a bin"),
                .number("Brier score"), .number("negative log likelihood"),
            ],
            rows: rows.map { name, figures in
                [
                    .text(name), .share(figures.expectedCalibrationError), .share(figures.maximumCalibrationError),
                    .number(figures.brierScore) { $0.fixed(4) }, .number(figures.negativeLogLikelihood) { $0.fixed(4) },
                ]
            })
        var blocks: [any PageBlock] = words.map { Paragraphs($0) }
        if let figure = figures.reliability { blocks.append(figure) }
        return PageSection("Confidence", blocks + [table])
    }

    private var curves: PageSection? {
        let drawn = [figures.roc, figures.precisionRecall].compactMap(\.self)
        return drawn.isEmpty ? nil : PageSection("At any threshold", drawn)
    }

    private var looks: PageSection? {
        let blocks: [(any PageBlock)?] = [attention.gallery, attention.trouble.map { Paragraphs($0, isNote: true) }]
        return blocks.contains { $0 != nil } ? PageSection("Where it looked", blocks.compactMap(\.self)) : nil
    }

    private var features: PageSection? { map.map { PageSection("Map", [$0]) } }

    // MARK: Pictures

    private var pictures: PageSection? {
        let gallery = evaluation.gallery
        let kinds: [(title: String, lead: String, outcomes: ArraySlice<PictureOutcome>)] = [
            (
                "Highest loss", "Gross mistakes come first, and often wrong labels: look at these before all else.",
                gallery.worst.prefix(24)
            ),
            ("Least certain", "Pictures between two classes, or of neither.", gallery.leastCertain.prefix(12)),
            ("Most certain", "What the model takes for a clear case.", gallery.mostCertain.prefix(12)),
        ]
        let read = thumbnails.pictures(at: Set(kinds.flatMap { $0.outcomes.map(\.picture) }))
        let galleries = kinds.compactMap { kind -> Gallery? in
            let items = kind.outcomes.compactMap { outcome in read[outcome.picture].map { item(outcome, $0) } }
            return items.isEmpty ? nil : Gallery(title: kind.title, lead: kind.lead, items: items)
        }
        return galleries.isEmpty ? nil : PageSection("Pictures", galleries)
    }

    private func item(_ outcome: PictureOutcome, _ picture: PageFigure.Picture) -> Gallery.Item {
        let words = OutcomeWords(outcome, labels: evaluation.labels, isMultiLabel: evaluation.isMultiLabel)
        return Gallery.Item(
            picture: picture, description: "\(outcome.file): \(words.title)", title: words.title,
            lines: words.lines + ["loss \(outcome.loss.short)", outcome.file.fileName],
            mark: outcome.isCorrect ? .right : .wrong)
    }
}

/// What is said of a picture.
struct OutcomeWords {
    let title: String
    let lines: [String]

    init(_ outcome: PictureOutcome, labels: [String], isMultiLabel: Bool) {
        func names(_ classes: [Int]) -> String {
            classes.isEmpty ? "nothing" : classes.map { labels[$0] }.joined(separator: ", ")
        }
        title = names(outcome.prediction)
        var lines = isMultiLabel ? [] : [outcome.probability.columnPercent]
        if !outcome.isCorrect {
            let truth = outcome.truthProbability.map { " (\($0.columnPercent))" } ?? ""
            lines.append("is \(names(outcome.truth))\(truth)")
        }
        self.lines = lines
    }
}

extension PageTable.Cell {
    /// A share as percent.
    static func share(_ value: Double?) -> PageTable.Cell { number(value) { $0.columnPercent } }
}
