public import Images
internal import Inference
internal import Platform

extension ImageClassifier {
    /// Finds out what makes probabilities of the logits that can be taken at their word.
    ///
    /// - Parameters:
    ///   - dataset: labeled images that the classifier has not learned from: those that were set aside.
    ///   - knownShare: the fraction of the images that the threshold for the unknown is to keep, above 0 and up to 1;
    ///     nil for no threshold.
    ///   - options: how images are read and passed through the network.
    ///   - reader: reads the progress, and the images that can't be read.
    /// - Returns: the classifier with its calibration, and what it came to.
    /// - Throws: `DatasetError` for a class that the classifier does not know, `ApusError` where images may show
    ///   several classes, or none is readable.
    public func calibrated(
        on dataset: any ImageDataset, knownShare: Double? = nil, options: ImagePassOptions = .init(),
        readBy reader: @escaping @Sendable (EventSequence<ImageEvent<Never>>) async throws -> Void = { _ in }
    ) async throws -> (classifier: ImageClassifier, report: CalibrationReport) {
        guard !description.isMultiLabel else {
            throw ApusError(
                .unsuitableData,
                "the classifier is multi-label, with a question for each class; a temperature is found only for one with "
                    + "a single class for each image")
        }
        try demandShare(knownShare)
        let known = try dataset.relabelled(to: classes, aliases: aliases)
        guard !known.isMultiLabel else {
            throw ApusError(
                .unsuitableData, "the data are multi-label, and the classifier predicts one class for each image")
        }
        let engine = try engine(forPictures: known.count, batchSize: options.batchSize).engine
        return try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            var sample = LogitSample(classCount: classes.count)
            let pass = pass(over: known, through: engine, options)
            while let (batch, outputs) = try await pass.next(events) {
                sample.add(
                    try Logits(outputs, images: batch.count, classes: classes.count),
                    batch.indices.map { known.label(at: $0) })
            }
            let temperature = sample.temperature()
            let calibration = try sample.calibration(temperature, knownShare: knownShare)
            let report = CalibrationReport(
                calibration: calibration, hasTemperature: temperature != nil, errors: pass.failures.count,
                before: sample.figures(temperature: 1), after: sample.figures(temperature: temperature ?? 1))
            return (with(calibration), report)
        }
    }
}

/// - Throws: `ApusError` for a fraction of images that can't be kept.
package func demandShare(_ share: Double?) throws(ApusError) {
    guard let share, !(share > 0 && share <= 1) else { return }
    throw ApusError(
        .invalidConfiguration, name: "knownShare", value: share,
        "a threshold that keeps \(share) of the images can't be found",
        advice: "give a fraction above 0 and up to 1, such as 0.95")
}
