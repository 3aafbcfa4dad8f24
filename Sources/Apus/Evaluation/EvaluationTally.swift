internal import Torch
internal import TorchNN

/// Sums over batches; each picture weighs the same, however large its batch.
@TensorActor
struct EvaluationTally {
    private let classes: [String]
    private(set) var count = 0
    private var lossSum = 0.0
    private var top5 = 0
    /// For each class: its pictures, those of them that are recognised, and the pictures that are taken for it.
    private(set) var counts: [Int]
    private(set) var correct: [Int]
    private(set) var predicted: [Int]

    init(classes: [String]) {
        self.classes = classes
        counts = Array(repeating: 0, count: classes.count)
        (correct, predicted) = (counts, counts)
    }

    /// Adds a batch: logits `[N, classes]` on the CPU.
    mutating func add(logits: Tensor, labels: [Int]) throws {
        lossSum += try crossEntropy(logits, Tensor(labels), reduction: .sum).item(as: Double.self)
        let kept = min(5, classes.count)
        let best = try logits.topk(kept).indices.array(as: Int.self)
        for (place, label) in labels.enumerated() {
            let candidates = best[place * kept..<(place + 1) * kept]
            counts[label] += 1
            if let answer = candidates.first { predicted[answer] += 1 }
            if candidates.first == label { correct[label] += 1 }
            if candidates.contains(label) { top5 += 1 }
        }
        count += labels.count
    }

    var accuracy: Double { Double(correct.reduce(0, +)) / Double(max(1, count)) }
    var loss: Double { lossSum / Double(max(1, count)) }

    func evaluation(errors: Int) -> Evaluation {
        Evaluation(
            count: count, top1: accuracy, top5: Double(top5) / Double(max(1, count)), meanAveragePrecision: nil,
            loss: loss, errors: errors,
            classes: classes.indices.filter { counts[$0] > 0 }.map {
                .init(label: classes[$0], count: counts[$0], correct: correct[$0], averagePrecision: nil)
            })
    }
}
