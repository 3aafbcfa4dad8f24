public import Images
internal import Inference
internal import Platform

extension ImageClassifier {
    /// Finds out what makes probabilities of the logits that can be taken at their word.
    ///
    /// - Parameters:
    ///   - dataset: labelled pictures that the classifier has not learned from: those that were set aside.
    ///   - knownShare: the share of the pictures that the threshold for the unknown is to keep, above 0 and up to 1; nil
    ///     for no threshold.
    ///   - batchSize: how many pictures pass the network at once; nil leaves it to the engine.
    ///   - workers: how many threads decode.
    ///   - decoding: how closely pictures are decoded.
    ///   - maximumUnreadable: how many pictures may be unreadable before the work ends; nil for any number.
    ///   - progress: told after each batch how many pictures are done, on the thread of the work.
    ///   - onFailure: told of each picture that can't be read, on the thread of the work.
    /// - Returns: the classifier with its calibration, and what it came to.
    /// - Throws: `DatasetError` for a class that the classifier does not know, `ApusError` where pictures may show several
    ///   classes, or none is readable.
    public func calibrated(
        on dataset: any ImageDataset, knownShare: Double? = nil, batchSize: Int? = nil,
        workers: Int = DataLoader.processorCount, decoding: ImageReadingOptions.Decoding = .exact,
        maximumUnreadable: UnreadableLimit? = nil,
        progress: @Sendable (Int) -> Void = { _ in }, onFailure: @Sendable (SampleFailure) -> Void = { _ in }
    ) async throws -> (classifier: ImageClassifier, report: CalibrationReport) {
        guard !description.isMultiLabel else {
            throw ApusError(
                "the classifier tells several classes of a picture, each by a question of its own; a temperature is found "
                    + "only for one that tells a single class")
        }
        try demandShare(knownShare)
        let known = try dataset.relabelled(to: classes, aliases: aliases)
        guard !known.isMultiLabel else {
            throw ApusError("the data have several classes of a picture, and the classifier tells one")
        }
        let engine = try engine(forPictures: known.count, batchSize: batchSize).engine
        let batches = loader(
            known, batchSize: engine.batchSize, workers: workers, decoding: decoding,
            maximumUnreadable: maximumUnreadable
        ).batches()
        var sample = LogitSample(classCount: classes.count)
        var (done, failures) = (0, 0)
        try engine.pass(batches) { batch, outputs in
            sample.add(
                try Logits(outputs, images: batch.count, classes: classes.count),
                batch.indices.map { known.label(at: $0) })
            batches.failures[failures...].forEach(onFailure)
            failures = batches.failures.count
            done += batch.count
            progress(done + failures)
        }
        batches.failures[failures...].forEach(onFailure)
        guard sample.count > 0 else {
            throw ApusError("none of the \(dataset.count) pictures could be read; the first: \(batches.failures[0])")
        }
        let temperature = sample.temperature()
        let calibration = try sample.calibration(temperature, knownShare: knownShare)
        let report = CalibrationReport(
            calibration: calibration, hasTemperature: temperature != nil, errors: batches.failures.count,
            before: sample.figures(temperature: 1), after: sample.figures(temperature: temperature ?? 1))
        return (with(calibration), report)
    }
}

/// - Throws: `ApusError` for a share of pictures that can't be kept.
package func demandShare(_ share: Double?) throws(ApusError) {
    guard share.map({ $0 > 0 && $0 <= 1 }) ?? true else {
        throw ApusError(
            "a threshold that keeps \(share ?? 0) of the pictures can't be found; give a share above 0 and up to 1, such "
                + "as 0.95")
    }
}
