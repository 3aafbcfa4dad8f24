internal import Inference
internal import Torch
internal import TorchNN
public import TorchVision

extension ImageClassifier {
    /// Compares the classifier with the truth.
    ///
    /// - Parameters:
    ///   - dataset: labelled pictures; its classes are found among the classifier's by name, so it may lack some.
    ///   - batchSize: how many pictures pass the network at once; nil leaves it to the engine.
    ///   - workers: how many threads decode.
    ///   - decoding: how closely pictures are decoded.
    ///   - progress: told after each batch how many pictures are done, on the thread of the work.
    ///   - onFailure: told of each picture that can't be read, on the thread of the work.
    /// - Throws: `DatasetError` for a class that the classifier does not know, `ApusError` where no picture is readable.
    public func evaluate(
        _ dataset: any ImageDataset, batchSize: Int? = nil, workers: Int = DataLoader.processorCount,
        decoding: ImageReadingOptions.Decoding = .exact,
        progress: @Sendable (Int) -> Void = { _ in }, onFailure: @Sendable (SampleFailure) -> Void = { _ in }
    ) async throws -> Evaluation {
        let known = try dataset.relabelled(to: classes, aliases: aliases)
        let engine = try engine(forPictures: known.count, batchSize: batchSize).engine
        let batches = loader(known, batchSize: engine.batchSize, workers: workers, decoding: decoding).batches()
        var tally = EvaluationTally(classes: classes)
        var failures = 0
        try engine.pass(batches) { batch, logits in
            try tally.add(logits: Tensor(logits, shape: [batch.count, classes.count]), labels: batch.labels)
            batches.failures[failures...].forEach(onFailure)
            failures = batches.failures.count
            progress(tally.count + failures)
        }
        batches.failures[failures...].forEach(onFailure)
        guard tally.count > 0 else {
            throw ApusError("none of the \(dataset.count) pictures could be read; the first: \(batches.failures[0])")
        }
        return tally.evaluation(errors: batches.failures.count)
    }
}

/// Sums over batches; each picture weighs the same, however large its batch.
@TensorActor
struct EvaluationTally {
    private let classes: [String]
    private(set) var count = 0
    private var lossSum = 0.0
    private var top5 = 0
    private var counts: [Int]
    private var correct: [Int]

    init(classes: [String]) {
        self.classes = classes
        counts = Array(repeating: 0, count: classes.count)
        correct = counts
    }

    /// Adds a batch: logits `[N, classes]` on the CPU.
    mutating func add(logits: Tensor, labels: [Int]) throws {
        lossSum += try crossEntropy(logits, Tensor(labels), reduction: .sum).item(as: Double.self)
        let kept = min(5, classes.count)
        let best = try logits.topk(kept).indices.array(as: Int.self)
        for (place, label) in labels.enumerated() {
            let candidates = best[place * kept..<(place + 1) * kept]
            counts[label] += 1
            if candidates.first == label { correct[label] += 1 }
            if candidates.contains(label) { top5 += 1 }
        }
        count += labels.count
    }

    var accuracy: Double { Double(correct.reduce(0, +)) / Double(max(1, count)) }
    var loss: Double { lossSum / Double(max(1, count)) }

    func evaluation(errors: Int) -> Evaluation {
        Evaluation(
            count: count, top1: accuracy, top5: Double(top5) / Double(max(1, count)), loss: loss, errors: errors,
            classes: classes.indices.filter { counts[$0] > 0 }.map {
                .init(label: classes[$0], count: counts[$0], correct: correct[$0])
            })
    }
}
