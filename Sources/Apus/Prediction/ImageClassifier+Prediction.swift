internal import Foundation
internal import Inference
internal import Torch
public import TorchVision

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
        try engine.pass(views: views) { batch, logits in
            let rows = try rows(of: batch, logits: logits, options: options)
            let now = clock.now
            let milliseconds = (now - began) / .milliseconds(1) / Double(batch.count)
            began = now
            for (index, row) in zip(batch.indices, rows) {
                try tellFailures(before: index)
                try body(.prediction(row.prediction(file: pictures.name(at: index), milliseconds: milliseconds)))
            }
        }
        try tellFailures(before: .max)
    }

    /// One picture's outputs.
    private struct Row {
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

    /// The classes that are more probable than not, best first.
    private func labels(of logits: ArraySlice<Float>) -> [String] {
        zip(classes, logits).filter { $1 > 0 }.sorted { $0.1 > $1.1 }.map(\.0)
    }

    private func rows(of batch: ImageBatch, logits: [Float], options: PredictionOptions) throws -> [Row] {
        let count = classes.count
        let kept = max(1, min(options.top, count))
        let outputs = try Tensor(logits, shape: [batch.count, count])
        let calibration = description.isMultiLabel ? nil : description.calibration
        let best = try Probabilities(of: description)(outputs).topk(kept)
        let probabilities = try best.values.array(as: Float.self)
        let indices = try best.indices.array(as: Int.self)
        return (0..<batch.count).map { place in
            let isUnknown = calibration?.unknownThreshold.map { Double(probabilities[place * kept]) < $0 }
            return Row(
                candidates: (place * kept..<(place + 1) * kept).map {
                    .init(label: classes[indices[$0]], index: indices[$0], probability: Double(probabilities[$0]))
                },
                isUnknown: isUnknown,
                labels: description.isMultiLabel
                    ? labels(of: logits[place * count..<(place + 1) * count]) : nil,
                logits: options.includesLogits ? Array(logits[place * count..<(place + 1) * count]) : nil)
        }
    }
}
