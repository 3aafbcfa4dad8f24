internal import Torch
internal import TorchNN

/// The logits and the truth of pictures that may show several classes.
@TensorActor
struct MultiLabelTally {
    private let classes: [String]
    private(set) var count = 0
    private var lossSum = 0.0
    private var top1 = 0, top5 = 0
    /// For each class: the logit of each picture, and whether it shows the class.
    private var answers: [[(logit: Float, isShown: Bool)]]
    /// For each class: how many pictures are said to show it, at a probability of a half, and of how many it is true.
    private(set) var predicted: [Int], correct: [Int]

    init(classes: [String]) {
        self.classes = classes
        answers = Array(repeating: [], count: classes.count)
        predicted = Array(repeating: 0, count: classes.count)
        correct = predicted
    }

    /// Adds a batch on the CPU: logits `[N, classes]`, and as many targets of 0 or 1.
    mutating func add(_ logits: Tensor, _ targets: Tensor) throws {
        let rows = logits.size(0)
        lossSum += try binaryCrossEntropyWithLogits(logits, targets).item(as: Double.self) * Double(rows)
        let (values, truth): ([Float], [Float]) = (try logits.flatten().array(), try targets.flatten().array())
        for place in values.indices {
            let label = place % classes.count
            answers[label].append((values[place], truth[place] > 0.5))
            guard values[place] > 0 else { continue }
            predicted[label] += 1
            if truth[place] > 0.5 { correct[label] += 1 }
        }
        let kept = min(5, classes.count)
        let best = try logits.topk(kept).indices.array(as: Int.self)
        for row in 0..<rows {
            let hits = best[row * kept..<(row + 1) * kept].map { truth[row * classes.count + $0] > 0.5 }
            top1 += hits.first == true ? 1 : 0
            top5 += hits.contains(true) ? 1 : 0
        }
        count += rows
    }

    /// The mean loss.
    var loss: Double { lossSum / Double(max(1, count)) }

    /// How many pictures show each class.
    var counts: [Int] { answers.map { $0.count(where: \.isShown) } }

    /// The average precision of each class that a picture shows, with its place in the list of classes.
    var averagePrecisions: [(label: Int, value: Double)] {
        answers.enumerated().compactMap { label, answers in averagePrecision(answers).map { (label, $0) } }
    }

    func evaluation(errors: Int) -> Evaluation {
        let (counts, precisions) = (counts, averagePrecisions)
        return Evaluation(
            count: count, top1: Double(top1) / Double(max(1, count)), top5: Double(top5) / Double(max(1, count)),
            meanAveragePrecision: meanAveragePrecision, loss: loss, errors: errors,
            classes: precisions.map { label, precision in
                .init(
                    label: classes[label], count: counts[label], correct: correct[label], averagePrecision: precision)
            })
    }

    /// The mean of the average precisions.
    var meanAveragePrecision: Double {
        let values = averagePrecisions.map(\.value)
        return values.reduce(0, +) / Double(max(1, values.count))
    }
}

/// The area under the curve of precision over recall, Σ (Rₙ - Rₙ₋₁) Pₙ, as scikit-learn's `average_precision_score`:
/// answers that are equally sure count together. Nil where nothing is to be found.
func averagePrecision(_ answers: [(logit: Float, isShown: Bool)]) -> Double? {
    let total = answers.count(where: \.isShown)
    guard total > 0 else { return nil }
    let sorted = answers.sorted { $0.logit > $1.logit }
    var (found, sum, before) = (0, 0.0, 0)
    for place in sorted.indices {
        found += sorted[place].isShown ? 1 : 0
        guard place + 1 == sorted.count || sorted[place + 1].logit < sorted[place].logit else { continue }
        sum += Double(found - before) / Double(total) * Double(found) / Double(place + 1)
        before = found
    }
    return sum
}
