public import Images
internal import Inference
internal import Platform

extension ImageClassifier {
    /// Evaluates the classifier on labeled images.
    ///
    /// - Parameters:
    ///   - dataset: labeled images. Classes are matched by name; the dataset may lack some.
    ///   - topK: the values of k for top-k accuracy, in addition to 1 and 5.
    ///   - options: how images are read and passed through the network.
    ///   - reader: reads the progress, the unreadable images, and the outcome of each image in the order of the
    ///     dataset. An error that it throws ends the work.
    /// - Throws: `DatasetError` for an unknown class, `ApusError` if no image is readable.
    public func evaluate(
        _ dataset: any ImageDataset, topK: [Int] = [], options: ImagePassOptions = .init(),
        readBy reader: @escaping @Sendable (EventSequence<ImageEvent<ImageOutcome>>) async throws -> Void = { _ in }
    ) async throws -> Evaluation {
        let known = try dataset.relabeled(to: classes, aliases: aliases)
        let engine = try engine(forImages: known.count, batchSize: options.batchSize).engine
        guard known.isMultiLabel == description.isMultiLabel else {
            throw description.isMultiLabel
                ? ApusError(
                    .unsuitableData, "the classifier is multi-label, but the data is single-label",
                    advice: "use a CSV file with the columns path,label and labels such as label1;label2")
                : ApusError(
                    .unsuitableData, "the data is multi-label, but the classifier is single-label",
                    advice: "use a classifier that was trained on multi-label data")
        }
        return try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            var tally = makeTally(
                isMultiLabel: description.isMultiLabel, classes: classes, displayNames: description.allDisplayNames,
                images: known, calibration: description.calibration, topK: topK)
            let pass = pass(over: known, through: engine, options)
            while let (batch, outputs) = try await pass.next(events) {
                var outcomes: [ImageOutcome] = []
                let logits = try Logits(outputs, images: batch.count, classes: classes.count)
                tally.add(logits, images: batch.indices) { outcomes.append($0) }
                for outcome in outcomes { try await events.sendAndWait(.result(outcome)) }
            }
            guard tally.loss.isFinite else {
                throw ApusError(
                    .notFinite, "the outputs of the network are NaN",
                    advice: "use another copy of the file")
            }
            return tally.evaluation(errors: pass.failures.count)
        }
    }
}

extension ImageClassifier {
    /// Calibrates the classifier: finds the temperature with which confidence matches accuracy.
    ///
    /// - Parameters:
    ///   - dataset: labeled images that the classifier was not trained on, such as validation images.
    ///   - coverage: the fraction of the images that reach the rejection threshold, above 0 and up to 1; nil for no
    ///     threshold.
    ///   - options: how images are read and passed through the network.
    ///   - reader: reads the progress and the unreadable images.
    /// - Returns: the calibrated classifier, and a report.
    /// - Throws: `DatasetError` for an unknown class, `ApusError` for multi-label data or if no image is readable.
    public func calibrated(
        on dataset: any ImageDataset, coverage: Double? = nil, options: ImagePassOptions = .init(),
        readBy reader: @escaping @Sendable (EventSequence<ImageEvent<Never>>) async throws -> Void = { _ in }
    ) async throws -> (classifier: ImageClassifier, report: CalibrationReport) {
        guard !description.isMultiLabel else {
            throw ApusError(
                .unsuitableData,
                "the classifier is multi-label; only single-label classifiers can be calibrated")
        }
        try demandCoverage(coverage)
        let known = try dataset.relabeled(to: classes, aliases: aliases)
        guard !known.isMultiLabel else {
            throw ApusError(
                .unsuitableData, "the data is multi-label, but the classifier is single-label")
        }
        let engine = try engine(forImages: known.count, batchSize: options.batchSize).engine
        return try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            var sample = LogitSample(classCount: classes.count)
            let pass = pass(over: known, through: engine, options)
            while let (batch, outputs) = try await pass.next(events) {
                sample.add(
                    try Logits(outputs, images: batch.count, classes: classes.count),
                    batch.indices.map { known.label(at: $0) })
            }
            let temperature = sample.temperature()
            let calibration = try sample.calibration(temperature, coverage: coverage)
            let report = CalibrationReport(
                calibration: calibration, hasTemperature: temperature != nil, errors: pass.failures.count,
                before: sample.metrics(temperature: 1), after: sample.metrics(temperature: temperature ?? 1))
            return (with(calibration), report)
        }
    }
}

/// - Throws: `ApusError` for an invalid coverage.
private func demandCoverage(_ coverage: Double?) throws(ApusError) {
    guard let coverage, !(coverage > 0 && coverage <= 1) else { return }
    throw ApusError(
        .invalidConfiguration, name: "coverage", value: coverage,
        "a coverage of \(coverage) is not possible",
        advice: "use a number above 0 and up to 1, such as 0.95")
}
