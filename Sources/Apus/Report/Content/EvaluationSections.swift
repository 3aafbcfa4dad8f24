internal import Classifier
internal import Foundation
internal import Platform

/// The sections of a report about an evaluation.
struct EvaluationSections {
    let evaluation: Evaluation
    /// The plots of the evaluation.
    let plots: EvaluationPlots
    /// The images of its gallery.
    let thumbnails: Thumbnails
    /// Grad-CAM explanations of some mistakes.
    let attention: Attention
    /// A map of the features before the head; nil if there is none.
    let map: PageFigure?

    /// The main result: in plain words, then in numbers.
    var lead: String { "\(evaluation.verdict) \(numbers)" }

    private var numbers: String {
        let count = counted(evaluation.count, "image")
        let classes = "\(evaluation.labels.count.grouped) class\(evaluation.labels.count == 1 ? "" : "es")"
        guard !evaluation.isMultiLabel else {
            return "Mean average precision: \((evaluation.meanAveragePrecision ?? 0).columnPercent) "
                + "(\(count), \(classes))."
        }
        return "Accuracy: \(evaluation.top1.columnPercent) (\(count), \(classes))."
    }

    var keyMetrics: [KeyMetric] {
        var metrics: [KeyMetric] = []
        if let precision = evaluation.meanAveragePrecision {
            metrics.append(KeyMetric(precision.columnPercent, "mean average precision"))
            if let micro = evaluation.micro {
                metrics.append(
                    KeyMetric(micro.f1.columnPercent, "F1, micro avg", detail: "at a threshold of 0.5"))
            }
        } else {
            for top in evaluation.topK where top.k == 1 || top.k < evaluation.labels.count {
                metrics.append(
                    KeyMetric(
                        top.accuracy.value.columnPercent, top.k == 1 ? "accuracy (top-1)" : "top-\(top.k) accuracy",
                        detail: "95 % confidence interval: \(top.accuracy.lower.columnPercent) to "
                            + top.accuracy.upper.columnPercent))
            }
        }
        metrics.append(KeyMetric(evaluation.macro.f1.columnPercent, "F1, macro avg"))
        metrics.append(KeyMetric(evaluation.loss.fixed(4), "loss", detail: lossDetail))
        if let confidence = evaluation.calibrated ?? evaluation.uncalibrated {
            metrics.append(
                KeyMetric(
                    confidence.expectedCalibrationError.columnPercent, "calibration error (ECE)",
                    detail: "mean difference between confidence and accuracy"))
        }
        return metrics
    }

    /// The kind of loss, and its value without the temperature of the model.
    private var lossDetail: String {
        guard evaluation.calibrated != nil, let raw = evaluation.uncalibrated, let temperature = evaluation.temperature
        else { return "mean cross entropy" }
        return "mean cross entropy at temperature \(temperature.short); "
            + "\(raw.negativeLogLikelihood.fixed(4)) without it, as in training"
    }

    var sections: [PageSection] {
        [classes, confusion, calibration, curves, images, explanations, features].compactMap(\.self)
    }

    // MARK: Sections

    private var classes: PageSection {
        let hasPrecision = evaluation.classes.contains { $0.averagePrecision != nil }
        let hasArea = evaluation.classes.contains { $0.areaUnderROC != nil }
        var columns: [PageTable.Column] = [
            .text("class"), .number("images"), .number("predicted"), .number("precision"), .number("recall"),
            .number("F1"),
        ]
        if hasPrecision { columns.append(.number("average precision")) }
        if hasArea { columns.append(.number("ROC AUC")) }
        let rows = evaluation.classes.map { result in
            var row: [PageTable.Cell] = [
                .text(result.name ?? result.label), .number(result.support), .number(result.predicted),
                .percent(result.scores.precision), .percent(result.scores.recall), .percent(result.scores.f1),
            ]
            if hasPrecision { row.append(.percent(result.averagePrecision)) }
            if hasArea { row.append(.number(result.areaUnderROC) { $0.fixed(4) }) }
            return row
        }
        var blocks: [any PageBlock] = [
            Paragraphs(
                "Recall is the percentage of a class's images that are predicted correctly. Precision is the percentage "
                    + "of the predictions of a class that are correct. F1 is their harmonic mean. Click a heading to sort."
            ),
            PageTable(caption: "Metrics of each class", columns: columns, rows: rows),
            averages,
        ]
        if !evaluation.absentClasses.isEmpty {
            blocks.append(
                Paragraphs(
                    "Classes without images in this data: \(enumerated(evaluation.absentNames, atMost: 20)).",
                    isNote: true))
        }
        if let plot = plots.classes { blocks.insert(plot, at: 0) }
        return PageSection("Classes", blocks)
    }

    private var averages: PageTable {
        let averages: [(String, ClassScores?)] = [
            ("macro avg: each class counts the same", evaluation.macro),
            ("weighted avg: each image counts the same", evaluation.weighted),
            ("micro avg: all decisions together", evaluation.micro),
        ]
        return PageTable(
            caption: "Averages over the classes",
            columns: [.text("average"), .number("precision"), .number("recall"), .number("F1")],
            rows: averages.compactMap { name, scores in
                scores.map { [.text(name), .percent($0.precision), .percent($0.recall), .percent($0.f1)] }
            })
    }

    private var confusion: PageSection? {
        guard let matrix = evaluation.confusion, evaluation.labels.count > 1 else { return nil }
        let sums = matrix.rowSums
        let pairs = matrix.mostConfused(50)
        guard !pairs.isEmpty else {
            return PageSection("Confusion", [Paragraphs("All images are predicted correctly.")])
        }
        let rows: [[PageTable.Cell]] = pairs.map { pair in
            [
                .text(matrix.displayName(of: pair.truth)), .text(matrix.displayName(of: pair.prediction)),
                .number(pair.count),
                .percent(Double(pair.count) / Double(max(1, sums[pair.truth]))),
            ]
        }
        let table = PageTable(
            caption: "The most confused pairs of classes",
            columns: [.text("true class"), .text("predicted as"), .number("images"), .number("% of true class")],
            rows: rows)
        return PageSection("Confusion", plots.confusion + [table])
    }

    private var calibration: PageSection? {
        guard let raw = evaluation.uncalibrated else { return nil }
        let metrics = evaluation.calibrated ?? raw
        let isOverconfident = metrics.bins.reduce(0) { $0 + Double($1.count) * ($1.confidence - $1.accuracy) } > 0
        var words = [
            "A model is well calibrated if its confidence equals its accuracy. Here they differ by "
                + "\(metrics.expectedCalibrationError.columnPercent) on average: the model is "
                + (isOverconfident ? "overconfident." : "underconfident.")
        ]
        if let temperature = evaluation.temperature {
            words.append(
                "The model divides its logits by a temperature of \(temperature.short), fitted on validation images. "
                    + "Without it the calibration error is \(raw.expectedCalibrationError.columnPercent).")
        }
        if let unknown = evaluation.unknown {
            words.append(
                "Images below a probability of \(unknown.threshold.columnPercent) are rejected as unknown: "
                    + "\(counted(unknown.count, "image")) here. Accuracy on the others: "
                    + "\(unknown.accuracyOfKnown.columnPercent).")
        }
        let rows: [(String, ConfidenceMetrics)] =
            [("uncalibrated", raw)] + (evaluation.calibrated.map { [("calibrated", $0)] } ?? [])
        let table = PageTable(
            caption: "Calibration metrics",
            columns: [
                .text("probabilities"), .number("calibration error (ECE)"), .number("maximum (MCE)"),
                .number("Brier score"), .number("negative log-likelihood"),
            ],
            rows: rows.map { name, metrics in
                [
                    .text(name), .percent(metrics.expectedCalibrationError), .percent(metrics.maximumCalibrationError),
                    .number(metrics.brierScore) { $0.fixed(4) }, .number(metrics.negativeLogLikelihood) { $0.fixed(4) },
                ]
            })
        var blocks: [any PageBlock] = words.map { Paragraphs($0) }
        if let plot = plots.reliability { blocks.append(plot) }
        return PageSection("Calibration", blocks + [table])
    }

    private var curves: PageSection? {
        let drawn = [plots.roc, plots.precisionRecall].compactMap(\.self)
        return drawn.isEmpty ? nil : PageSection("ROC and precision-recall", drawn)
    }

    private var explanations: PageSection? {
        let blocks: [(any PageBlock)?] = [attention.gallery, attention.failure.map { Paragraphs($0, isNote: true) }]
        return blocks.contains { $0 != nil } ? PageSection("Explanations", blocks.compactMap(\.self)) : nil
    }

    private var features: PageSection? { map.map { PageSection("Embedding map", [$0]) } }

    // MARK: Images

    private var images: PageSection? {
        let gallery = evaluation.gallery
        let kinds: [(title: String, lead: String, outcomes: ArraySlice<ImageOutcome>)] = [
            (
                "Highest loss", "The clearest mistakes, and often images with wrong labels. Check these first.",
                gallery.worst.prefix(24)
            ),
            ("Least certain", "Predictions with the lowest confidence.", gallery.leastCertain.prefix(12)),
            ("Most certain", "Predictions with the highest confidence.", gallery.mostCertain.prefix(12)),
        ]
        let read = thumbnails.images(at: Set(kinds.flatMap { $0.outcomes.map(\.image) }))
        let galleries = kinds.compactMap { kind -> Gallery? in
            let items = kind.outcomes.compactMap { outcome in read[outcome.image].map { item(outcome, $0) } }
            return items.isEmpty ? nil : Gallery(title: kind.title, lead: kind.lead, items: items)
        }
        return galleries.isEmpty ? nil : PageSection("Images", galleries)
    }

    private func item(_ outcome: ImageOutcome, _ image: PageFigure.Content) -> Gallery.Item {
        let words = OutcomeWords(outcome, in: evaluation)
        return Gallery.Item(
            image: image, description: "\(outcome.file): \(words.title)", title: words.title,
            lines: words.lines + ["loss \(outcome.loss.short)"], file: outcome.file.fileName,
            mark: outcome.isCorrect ? .right : .wrong)
    }
}

/// The caption of an image: its prediction, and its true classes if the prediction is wrong.
struct OutcomeWords {
    let title: String
    let lines: [String]

    init(_ outcome: ImageOutcome, in evaluation: Evaluation) {
        func names(_ classes: [Int]) -> String {
            classes.isEmpty ? "no label" : classes.map(evaluation.displayName).joined(separator: ", ")
        }
        title = names(outcome.prediction)
        var lines = evaluation.isMultiLabel ? [] : [outcome.probability.columnPercent]
        if !outcome.isCorrect {
            let truth = outcome.truthProbability.map { " (\($0.columnPercent))" } ?? ""
            lines.append("truth: \(names(outcome.truth))\(truth)")
        }
        self.lines = lines
    }
}

extension PageTable.Cell {
    /// A fraction as a percentage.
    static func percent(_ value: Double?) -> PageTable.Cell { number(value) { $0.columnPercent } }
}
