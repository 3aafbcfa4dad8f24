public import Foundation
public import Images
internal import Inference
public import Platform

extension ImageClassifier {
    /// Predicts the image in a file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - top: the largest number of classes to report.
    /// - Throws: `ApusError` if the file is not a readable image.
    public func predict(_ path: String, top: Int = 5) async throws -> Prediction {
        try predict(SingleImage(path: path), top: top)
    }

    /// Predicts the image at a URL: of a file, or of a web server (http or https).
    ///
    /// - Throws: `ApusError` if the URL is neither, if the server does not deliver it within a minute, or if it is not
    ///   a readable image.
    public func predict(_ url: URL, top: Int = 5) async throws -> Prediction {
        if url.isFileURL { return try predict(SingleImage(path: url.path(percentEncoded: false)), top: top) }
        guard ["http", "https"].contains(url.scheme?.lowercased()) else {
            throw ApusError(
                .unreadableImage, name: "\(url)", "\(url) is not the URL of a file or a web server",
                advice: "load the URL and pass its bytes")
        }
        return try predict(SingleImage(path: url.absoluteString), top: top)
    }

    /// Predicts the image in the bytes of an image file: a `Data` or a `[UInt8]`.
    ///
    /// - Parameters:
    ///   - bytes: the bytes.
    ///   - name: the name of the image in the prediction and in errors.
    ///   - top: the largest number of classes to report.
    /// - Throws: `ApusError` if the bytes are not a readable image.
    public func predict(
        _ bytes: some Collection<UInt8> & Sendable, named name: String = "image", top: Int = 5
    ) async throws -> Prediction {
        try predict(SingleImage(EncodedImage(bytes: Array(bytes)), named: name), top: top)
    }

    /// Predicts an image.
    ///
    /// - Parameters:
    ///   - image: the image.
    ///   - name: the name of the image in the prediction.
    ///   - top: the largest number of classes to report.
    public func predict(_ image: Image, named name: String = "image", top: Int = 5) async throws -> Prediction {
        try predict(SingleImage(image, named: name), top: top)
    }

    private func predict(_ image: SingleImage, top: Int) throws -> Prediction {
        let began = ContinuousClock.now
        let engine = try engine(forImages: 1, batchSize: 1).engine
        let pass = pass(over: image, through: engine, .init(batchSize: 1, workers: 0))
        guard let (_, outputs) = try pass.next() else { throw image.unreadable(pass.failures.first) }
        var prediction = try predictions([(image.name, nil)], outputs, top: top, includesLogits: false)[0]
        prediction.milliseconds = (.now - began) / .milliseconds(1)
        return prediction
    }

    /// Predicts many images in the order of the dataset, with bounded memory.
    ///
    /// ```swift
    /// try await classifier.predict(images) { results in
    ///     for await result in results { print(result) }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - images: the images.
    ///   - top: the largest number of classes to report for each image.
    ///   - includesLogits: whether to report the logits.
    ///   - options: how images are read and passed through the network.
    ///   - reader: reads the result of each image as soon as its batch is done. The work waits for a slow reader. An
    ///     error that the reader throws ends the work.
    /// - Returns: the number of predictions, the times, and notes.
    @discardableResult public func predict(
        _ images: any ImageDataset, top: Int = 5, includesLogits: Bool = false, options: ImagePassOptions = .init(),
        readBy reader: @escaping @Sendable (EventSequence<PredictionResult>) async throws -> Void
    ) async throws -> PassSummary {
        try await withEvents(readBy: reader) { events in
            var began = ContinuousClock.now
            let engine = try engine(forImages: images.count, batchSize: options.batchSize).engine
            let pass = pass(over: images, through: engine, options)
            while let (batch, outputs) = try pass.next() {
                let frames = images as? any TimedImages
                let places = batch.indices.map { (images.name(at: $0), frames?.time(at: $0)) }
                let predictions = try predictions(places, outputs, top: top, includesLogits: includesLogits)
                let now = ContinuousClock.now
                let milliseconds = (now - began) / .milliseconds(1) / Double(batch.count)
                began = now
                for (index, var prediction) in zip(batch.indices, predictions) {
                    prediction.milliseconds = milliseconds
                    try await report(pass.newFailures(before: index), to: events)
                    try await events.sendAndWait(.prediction(prediction))
                }
            }
            try await report(pass.newFailures(before: nil), to: events)
            return pass.summary(onCPU: deviceDescription == "cpu")
        }
    }

    private func report(
        _ failures: ArraySlice<SampleFailure>, to events: EventChannel<PredictionResult>
    ) async throws {
        for failure in failures {
            try await events.sendAndWait(.failure(file: failure.name, message: failure.description))
        }
    }

    /// Returns the predictions for a batch of outputs, without their duration.
    ///
    /// - Parameters:
    ///   - places: the names of the images, and the times of frames.
    ///   - outputs: the logits, `[places.count, classes]`.
    ///   - top: the largest number of classes to report for each image.
    ///   - includesLogits: whether to report the logits.
    /// - Throws: `ApusError` if the number of outputs is not the number of classes.
    package nonisolated func predictions(
        _ places: [(name: String, time: Double?)], _ outputs: [Float], top: Int, includesLogits: Bool
    ) throws -> [Prediction] {
        let rule = Probabilities(of: description)
        let calibration = description.isMultiLabel ? nil : description.calibration
        let displayNames = description.allDisplayNames
        return try zip(places, Logits(outputs, images: places.count, classes: classes.count)).map { place, row in
            let best = row.top(max(1, top))
            let candidates = zip(best, rule(row, of: best)).map {
                Prediction.Candidate(
                    label: classes[$0], name: displayNames?[$0], index: $0, probability: Double($1))
            }
            let found = description.isMultiLabel ? labels(of: row) : nil
            return Prediction(
                file: place.name, time: place.time, label: candidates[0].label, name: candidates[0].name,
                index: candidates[0].index, probability: candidates[0].probability,
                unknown: calibration?.unknownThreshold.map { candidates[0].probability < $0 },
                labels: found?.map { classes[$0] },
                names: displayNames.flatMap { names in found?.map { names[$0] } }, top: candidates, milliseconds: 0,
                logits: includesLogits ? Array(row.values) : nil)
        }
    }

    /// Returns the indices of the classes with a probability above 0.5, the most probable first.
    private nonisolated func labels(of row: Logits.Row) -> [Int] {
        row.values.enumerated().filter { $0.element > 0 }.sorted { $0.element > $1.element }.map(\.offset)
    }
}
