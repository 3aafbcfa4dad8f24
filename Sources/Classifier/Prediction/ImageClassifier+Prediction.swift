public import Images
internal import Inference
internal import Platform

/// How predictions are made.
public struct PredictionOptions: Sendable {
    /// How many classes are told of each picture, at most.
    public var top = 5
    /// Whether the network's outputs are told.
    public var includesLogits = false
    /// How many pictures pass the network at once; nil leaves it to the engine.
    public var batchSize: Int?
    /// How many threads decode.
    public var workers = DataLoader.processorCount
    /// How closely pictures are decoded.
    public var decoding = ImageReadingOptions.Decoding.exact
    /// What is looked at of each picture.
    public var crops = TestCrops.center
    /// How many pictures may be unreadable before the work ends; nil for any number.
    public var maximumUnreadable: UnreadableLimit?

    /// The defaults.
    public init() {}
}

extension ImageClassifier {
    /// Predicts one picture.
    ///
    /// - Throws: `ApusError` for a file that is no picture.
    public func predict(_ path: String, top: Int = 5) async throws -> Prediction {
        var options = PredictionOptions()
        (options.top, options.batchSize, options.workers) = (top, 1, 0)
        var answer: PredictionResult?
        try predictEach(PictureList(paths: [path]), options: options) { answer = $0 }
        switch answer {
        case .prediction(let prediction): return prediction
        case .failure(_, let message): throw ApusError(message)
        case nil: throw ApusError("\(path): no prediction was made")
        }
    }

    /// Predicts many pictures, in the dataset's order; memory stays bounded however many there are.
    ///
    /// - Parameter body: called for each picture as soon as its batch is done; what it throws ends the work.
    public func predict(
        _ pictures: any ImageDataset, options: PredictionOptions = .init(),
        _ body: @Sendable (PredictionResult) throws -> Void
    ) async throws {
        try predictEach(pictures, options: options, body)
    }

    private func predictEach(
        _ pictures: any ImageDataset, options: PredictionOptions, _ body: (PredictionResult) throws -> Void
    ) throws {
        let clock = ContinuousClock()
        var began = clock.now
        let engine = try engine(forPictures: pictures.count, batchSize: options.batchSize).engine
        let views = loaders(
            pictures, crops: options.crops, batchSize: engine.batchSize, workers: options.workers,
            decoding: options.decoding, maximumUnreadable: options.maximumUnreadable
        ).map { $0.batches() }
        let batches = views[0]
        var failuresTold = 0
        /// Tells the failures since the last batch that come before a picture in the dataset's order.
        func tellFailures(before index: Int) throws {
            while failuresTold < batches.failures.count, batches.failures[failuresTold].index < index {
                let failure = batches.failures[failuresTold]
                failuresTold += 1
                try body(.failure(file: failure.name, message: failure.description))
            }
        }
        let rule = Probabilities(of: description)
        try engine.pass(views: views) { batch, outputs in
            let answers = try Logits(outputs, images: batch.count, classes: classes.count).map {
                answer(to: $0, rule, options)
            }
            let now = clock.now
            let milliseconds = (now - began) / .milliseconds(1) / Double(batch.count)
            began = now
            for (index, answer) in zip(batch.indices, answers) {
                try tellFailures(before: index)
                try body(.prediction(answer.prediction(file: pictures.name(at: index), milliseconds: milliseconds)))
            }
        }
        try tellFailures(before: .max)
    }

    /// All of a prediction but the picture and the time.
    private struct Answer {
        let candidates: [Prediction.Candidate]
        let isUnknown: Bool?
        let labels: [String]?
        let logits: [Float]?

        func prediction(file: String, milliseconds: Double) -> Prediction {
            let best = candidates[0]
            return Prediction(
                file: file, label: best.label, index: best.index, probability: best.probability,
                unknown: isUnknown, labels: labels, top: candidates, milliseconds: milliseconds, logits: logits)
        }
    }

    private func answer(to row: Logits.Row, _ rule: Probabilities, _ options: PredictionOptions) -> Answer {
        let best = row.top(max(1, options.top))
        let candidates = zip(best, rule(row, of: best)).map {
            Prediction.Candidate(label: classes[$0], index: $0, probability: Double($1))
        }
        let calibration = description.isMultiLabel ? nil : description.calibration
        return Answer(
            candidates: candidates, isUnknown: calibration?.unknownThreshold.map { candidates[0].probability < $0 },
            labels: description.isMultiLabel ? labels(of: row) : nil,
            logits: options.includesLogits ? Array(row.values) : nil)
    }

    /// The classes that are more probable than not, best first.
    private func labels(of row: Logits.Row) -> [String] {
        zip(classes, row.values).filter { $1 > 0 }.sorted { $0.1 > $1.1 }.map(\.0)
    }
}
