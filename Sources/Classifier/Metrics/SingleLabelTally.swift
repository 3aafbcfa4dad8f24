internal import Images

/// Sums over batches of images that show one class each; each image counts the same, however large its batch.
///
/// What it takes of memory depends on the number of classes, not on that of images; of two classes, the curves want a
/// number of each image.
struct SingleLabelTally: ValidationTally {
    private let classes: [String]
    private let pictures: any ImageDataset
    private let calibration: ModelCalibration?
    private let ks: [Int]
    private(set) var count = 0
    /// For each k, the images whose true class is among the k most probable.
    private var topHits: [Int]
    /// For each true class: how many images are predicted as which.
    private var confusion: [[Int: Int]]
    private var uncalibrated: ConfidenceTally
    private var calibrated: ConfidenceTally?
    private var unknown = (count: 0, correct: 0)
    private var gallery = GalleryTally()
    /// Of two classes: the probability of each, for each image.
    private var answers: [[ClassAnswers.Answer]] = [[], []]

    /// - Parameters:
    ///   - pictures: the files of the images.
    ///   - calibration: what makes probabilities of the logits; nil for none.
    ///   - topK: for which k the fraction of images is given whose true class is among the k most probable.
    init(classes: [String], pictures: any ImageDataset, calibration: ModelCalibration? = nil, topK: [Int] = [1, 5]) {
        (self.classes, self.pictures, self.calibration) = (classes, pictures, calibration)
        ks = Set(topK + [1, 5]).sorted()
        topHits = Array(repeating: 0, count: ks.count)
        confusion = Array(repeating: [:], count: classes.count)
        uncalibrated = ConfidenceTally(classCount: classes.count)
        calibrated = calibration.map { _ in ConfidenceTally(classCount: classes.count) }
    }

    mutating func add(
        _ logits: Logits, pictures places: [Int], _ body: (PictureOutcome) throws -> Void
    ) rethrows {
        for (picture, row) in zip(places, logits) {
            let label = pictures.label(at: picture)
            let raw = row.softmax()
            let told = calibration.map { row.softmax(temperature: $0.temperature) } ?? raw
            let isCorrect = raw.best == label
            let rank = row.rank(of: label)
            count += 1
            confusion[label][raw.best, default: 0] += 1
            for (place, k) in ks.enumerated() where rank < k { topHits[place] += 1 }
            uncalibrated.add(raw, label: label)
            calibrated?.add(told, label: label)
            if calibration?.isUnknown(told.confidence) == true {
                unknown.count += 1
                unknown.correct += isCorrect ? 1 : 0
            }
            if classes.count == 2 {
                for place in 0...1 { answers[place].append(.init(score: told[place], isShown: label == place)) }
            }
            let outcome = PictureOutcome(
                picture: picture, file: pictures.name(at: picture), truth: [label], prediction: [raw.best],
                probability: told.confidence, truthProbability: told[label], loss: -told.logarithm(label))
            gallery.add(outcome)
            try body(outcome)
        }
    }

    var counts: [Int] { confusion.map { $0.values.reduce(0, +) } }
    var correct: [Int] { confusion.enumerated().map { $1[$0, default: 0] } }
    var predicted: [Int] {
        confusion.reduce(into: Array(repeating: 0, count: classes.count)) { sums, row in
            for (answer, count) in row { sums[answer] += count }
        }
    }

    var accuracy: Double { Double(correct.reduce(0, +)) / Double(max(1, count)) }

    var meanAveragePrecision: Double? { nil }

    var loss: Double { uncalibrated.loss }

    func evaluation(errors: Int) -> Evaluation {
        let answers = classes.count == 2 ? answers.map { ClassAnswers($0) } : []
        let results = Evaluation.ClassResult.results(
            classes, supports: counts, correct: correct, predicted: predicted, answers: answers)
        let sums = Evaluation.Sums(
            classes: classes, results: results, count: count, errors: errors,
            topHits: zip(ks, topHits).map { ($0, $1) }, loss: calibrated?.loss ?? loss,
            curves: answers.indices.compactMap { answers[$0].curves(classes[$0]) }, gallery: gallery.gallery)
        return Evaluation(
            sums, confusion: ConfusionMatrix(labels: classes, counts: confusion), uncalibrated: uncalibrated.figures,
            calibrated: calibrated?.figures, temperature: calibration?.temperature, unknown: unknownFigures)
    }

    private var unknownFigures: UnknownFigures? {
        guard let threshold = calibration?.unknownThreshold else { return nil }
        let known = count - unknown.count
        let correct = correct.reduce(0, +) - unknown.correct
        return UnknownFigures(
            threshold: threshold, count: unknown.count, accuracyOfKnown: Double(correct) / Double(max(1, known)))
    }
}
