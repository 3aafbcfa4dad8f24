internal import Torch
internal import TorchNN
internal import TorchVision

/// The logits and the truth of pictures that may show several classes. The curves want a number for each picture and class.
@TensorActor
struct MultiLabelTally {
    private let classes: [String]
    private let pictures: any ImageDataset
    private let ks: [Int]
    private(set) var count = 0
    private var lossSum = 0.0
    /// For each k, the pictures of which a true class is among the k most probable.
    private var topHits: [Int]
    /// For each class: the logit of each picture, and whether it shows the class.
    private var answers: [[(logit: Float, isShown: Bool)]]
    /// For each class: how many pictures are said to show it, at a probability of a half, and of how many it is true.
    private(set) var predicted: [Int], correct: [Int]
    private var gallery = GalleryTally()

    /// - Parameters:
    ///   - pictures: tells the files of the pictures.
    ///   - topK: for which k the share of pictures is told of which a true class is among the k most probable.
    init(classes: [String], pictures: any ImageDataset, topK: [Int] = [1, 5]) {
        (self.classes, self.pictures) = (classes, pictures)
        ks = Set(topK + [1, 5]).sorted()
        topHits = Array(repeating: 0, count: ks.count)
        answers = Array(repeating: [], count: classes.count)
        predicted = Array(repeating: 0, count: classes.count)
        correct = predicted
    }

    /// Adds a batch on the CPU: logits `[N, classes]`, and as many targets of 0 or 1.
    mutating func add(
        _ logits: Tensor, _ targets: Tensor, pictures places: [Int], _ body: (PictureOutcome) throws -> Void
    ) throws {
        let losses = try binaryCrossEntropyWithLogits(logits.to(.float64), targets, reduction: .none).mean([1])
        let (values, truth): ([Float], [Float]) = (try logits.flatten().array(), try targets.flatten().array())
        let kept = min(ks.last ?? 1, classes.count)
        let best = try logits.topk(kept).indices.array(as: Int.self)
        let highest = try Probabilities.multiLabel(logits.to(.float64)).topk(1).values.squeeze(1).array(as: Double.self)
        for (row, loss) in try losses.array(as: Double.self).enumerated() {
            let start = row * classes.count
            for label in classes.indices { add(values[start + label], isShown: truth[start + label] > 0.5, to: label) }
            let hits = best[row * kept..<(row + 1) * kept].map { truth[start + $0] > 0.5 }
            for (place, k) in ks.enumerated() where hits.prefix(k).contains(true) { topHits[place] += 1 }
            lossSum += loss
            let outcome = PictureOutcome(
                picture: places[row], file: pictures.name(at: places[row]),
                truth: classes.indices.filter { truth[start + $0] > 0.5 },
                prediction: classes.indices.filter { values[start + $0] > 0 }, probability: highest[row],
                truthProbability: nil, loss: loss)
            gallery.add(outcome)
            try body(outcome)
        }
        count += places.count
    }

    private mutating func add(_ logit: Float, isShown: Bool, to label: Int) {
        answers[label].append((logit, isShown))
        guard logit > 0 else { return }
        predicted[label] += 1
        if isShown { correct[label] += 1 }
    }

    /// The mean loss.
    var loss: Double { lossSum / Double(max(1, count)) }

    /// How many pictures show each class.
    var counts: [Int] { answers.map { $0.count(where: \.isShown) } }

    private var sortedAnswers: [ClassAnswers] {
        answers.map { ClassAnswers($0.map { .init(score: Double($0.logit), isShown: $0.isShown) }) }
    }

    func evaluation(errors: Int) -> Evaluation {
        let answers = sortedAnswers
        let results = Evaluation.ClassResult.results(
            classes, supports: counts, correct: correct, predicted: predicted, answers: answers)
        let sums = Evaluation.Sums(
            classes: classes, results: results, count: count, errors: errors,
            topHits: zip(ks, topHits).map { ($0, $1) }, loss: loss,
            curves: answers.indices.compactMap { answers[$0].curves(classes[$0]) }, gallery: gallery.gallery)
        return Evaluation(sums, meanAveragePrecision: mean(of: answers))
    }

    /// The mean of the average precisions of the classes that a picture shows.
    var meanAveragePrecision: Double { mean(of: sortedAnswers) }

    private func mean(of answers: [ClassAnswers]) -> Double {
        let values = answers.compactMap(\.averagePrecision)
        return values.reduce(0, +) / Double(max(1, values.count))
    }
}
