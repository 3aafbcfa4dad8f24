public import Images
internal import Inference
internal import Platform

extension ImageClassifier {
    /// Compares the classifier with the truth.
    ///
    /// - Parameters:
    ///   - dataset: labelled pictures; its classes are found among the classifier's by name, so it may lack some.
    ///   - batchSize: how many pictures pass the network at once; nil leaves it to the engine.
    ///   - workers: how many threads decode.
    ///   - decoding: how closely pictures are decoded.
    ///   - crops: what is looked at of each picture.
    ///   - topK: besides 1 and 5, for which k the share is told of pictures whose true class is among the k most probable.
    ///   - maximumUnreadable: how many pictures may be unreadable before the work ends; nil for any number.
    ///   - onPicture: told what comes of each picture, in the dataset's order, on the thread of the work; what it throws
    ///     ends the work.
    ///   - progress: told after each batch how many pictures are done, on the thread of the work.
    ///   - onFailure: told of each picture that can't be read, on the thread of the work.
    /// - Throws: `DatasetError` for a class that the classifier does not know, `ApusError` where no picture is readable.
    public func evaluate(
        _ dataset: any ImageDataset, batchSize: Int? = nil, workers: Int = DataLoader.processorCount,
        decoding: ImageReadingOptions.Decoding = .exact, crops: TestCrops = .center, topK: [Int] = [],
        maximumUnreadable: UnreadableLimit? = nil,
        onPicture: @Sendable (PictureOutcome) throws -> Void = { _ in },
        progress: @Sendable (Int) -> Void = { _ in }, onFailure: @Sendable (SampleFailure) -> Void = { _ in }
    ) async throws -> Evaluation {
        let known = try dataset.relabelled(to: classes, aliases: aliases)
        let engine = try engine(forPictures: known.count, batchSize: batchSize).engine
        let views = loaders(
            known, crops: crops, batchSize: engine.batchSize, workers: workers, decoding: decoding,
            maximumUnreadable: maximumUnreadable
        ).map { $0.batches() }
        let batches = views[0]
        guard known.isMultiLabel == description.isMultiLabel else {
            throw ApusError(
                description.isMultiLabel
                    ? "the classifier tells several classes of a picture, and the data have one of each; write a CSV file "
                        + "path,label with label1;label2"
                    : "the data have several classes of a picture, and the classifier tells one; train one on such data"
            )
        }
        var tally = makeTally(
            isMultiLabel: description.isMultiLabel, classes: classes, pictures: known,
            calibration: description.calibration, topK: topK)
        var failures = 0
        try engine.pass(views: views) { batch, outputs in
            try tally.add(
                Logits(outputs, images: batch.count, classes: classes.count), pictures: batch.indices, onPicture)
            batches.failures[failures...].forEach(onFailure)
            failures = batches.failures.count
            progress(tally.count + failures)
        }
        batches.failures[failures...].forEach(onFailure)
        guard tally.count > 0 else {
            throw ApusError("none of the \(dataset.count) pictures could be read; the first: \(batches.failures[0])")
        }
        guard tally.loss.isFinite else {
            throw ApusError(
                "the network's outputs are no numbers, so nothing can be said; take another copy of the file")
        }
        return tally.evaluation(errors: batches.failures.count)
    }
}
