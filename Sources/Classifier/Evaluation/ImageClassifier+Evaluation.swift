public import Images
internal import Inference
internal import Platform

extension ImageClassifier {
    /// Compares the classifier with the truth.
    ///
    /// - Parameters:
    ///   - dataset: labeled images; its classes are found among the classifier's by name, so it may lack some.
    ///   - topK: besides 1 and 5, for which k the fraction is given of images whose true class is among the k most
    ///     probable.
    ///   - options: how images are read and passed through the network.
    ///   - reader: reads the progress, the images that can't be read, and the outcome of each other one, in the dataset's
    ///     order; what it throws ends the work.
    /// - Throws: `DatasetError` for a class that the classifier does not know, `ApusError` where no image is readable.
    public func evaluate(
        _ dataset: any ImageDataset, topK: [Int] = [], options: ImagePassOptions = .init(),
        readBy reader: @escaping @Sendable (EventSequence<ImageEvent<PictureOutcome>>) async throws -> Void = { _ in }
    ) async throws -> Evaluation {
        let known = try dataset.relabelled(to: classes, aliases: aliases)
        let engine = try engine(forPictures: known.count, batchSize: options.batchSize).engine
        guard known.isMultiLabel == description.isMultiLabel else {
            throw description.isMultiLabel
                ? ApusError(
                    .unsuitableData, "the classifier is multi-label, and the data have one class for each image",
                    advice: "write a CSV file path,label with label1;label2")
                : ApusError(
                    .unsuitableData, "the data are multi-label, and the classifier predicts one class for each image",
                    advice: "train one on such data")
        }
        return try await withEvents(readBy: reader, isProgress: \.isProgress) { events in
            var tally = makeTally(
                isMultiLabel: description.isMultiLabel, classes: classes, pictures: known,
                calibration: description.calibration, topK: topK)
            let pass = pass(over: known, through: engine, options)
            while let (batch, outputs) = try await pass.next(events) {
                var outcomes: [PictureOutcome] = []
                let logits = try Logits(outputs, images: batch.count, classes: classes.count)
                tally.add(logits, pictures: batch.indices) { outcomes.append($0) }
                for outcome in outcomes { try await events.sendAndWait(.result(outcome)) }
            }
            guard tally.loss.isFinite else {
                throw ApusError(
                    .notFinite, "the network's outputs are no numbers, so there are no metrics",
                    advice: "take another copy of the file")
            }
            return tally.evaluation(errors: pass.failures.count)
        }
    }
}
