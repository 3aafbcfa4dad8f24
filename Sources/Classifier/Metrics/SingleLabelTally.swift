package import Images

/// The tally of single-label images. Each image has the same weight.
///
/// The memory depends on the number of classes, not of images, except for two classes, whose curves need a number for
/// each image.
struct SingleLabelTally: ValidationTally {
    private let classes: [String]
    private let displayNames: [String]?
    private let images: any ImageDataset
    private let calibration: ModelCalibration?
    private let ks: [Int]
    private(set) var count = 0
    /// For each k, the number of images whose true class is among the k most probable.
    private var topHits: [Int]
    /// For each true class, the number of images by predicted class.
    private var confusion: [[Int: Int]]
    private var uncalibrated: ConfidenceTally
    private var calibrated: ConfidenceTally?
    private var unknown = (count: 0, correct: 0)
    private var gallery = GalleryTally()
    /// For two classes, the probability of each class for each image.
    private var answers: [[ClassAnswers.Answer]] = [[], []]

    /// - Parameters:
    ///   - displayNames: the display names of the classes; nil for none.
    ///   - images: the files of the images.
    ///   - calibration: the calibration of the probabilities; nil for none.
    ///   - topK: the values of k for top-k accuracy.
    init(
        classes: [String], displayNames: [String]? = nil, images: any ImageDataset,
        calibration: ModelCalibration? = nil, topK: [Int] = [1, 5]
    ) {
        (self.classes, self.displayNames, self.images, self.calibration) = (classes, displayNames, images, calibration)
        ks = Set(topK + [1, 5]).sorted()
        topHits = Array(repeating: 0, count: ks.count)
        confusion = Array(repeating: [:], count: classes.count)
        uncalibrated = ConfidenceTally(classCount: classes.count)
        calibrated = calibration.map { _ in ConfidenceTally(classCount: classes.count) }
    }

    mutating func add(
        _ logits: Logits, images places: [Int], _ body: (ImageOutcome) throws -> Void
    ) rethrows {
        for (image, row) in zip(places, logits) {
            let label = images.label(at: image)
            let raw = row.softmax()
            let softmax = calibration.map { row.softmax(temperature: $0.temperature) } ?? raw
            let isCorrect = raw.best == label
            let rank = row.rank(of: label)
            count += 1
            confusion[label][raw.best, default: 0] += 1
            for (place, k) in ks.enumerated() where rank < k { topHits[place] += 1 }
            uncalibrated.add(raw, label: label)
            calibrated?.add(softmax, label: label)
            if calibration?.isUnknown(softmax.confidence) == true {
                unknown.count += 1
                unknown.correct += isCorrect ? 1 : 0
            }
            if classes.count == 2 {
                for place in 0...1 { answers[place].append(.init(score: softmax[place], isShown: label == place)) }
            }
            let outcome = ImageOutcome(
                image: image, file: images.name(at: image), truth: [label], prediction: [raw.best],
                probability: softmax.confidence, truthProbability: softmax[label], loss: -softmax.logarithm(label))
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
            classes, displayNames, supports: counts, correct: correct, predicted: predicted, answers: answers)
        let sums = Evaluation.Sums(
            classes: classes, displayNames: displayNames, results: results, count: count, errors: errors,
            topHits: zip(ks, topHits).map { ($0, $1) }, loss: calibrated?.loss ?? loss,
            curves: answers.indices.compactMap { answers[$0].curves(classes[$0], name: displayNames?[$0]) },
            gallery: gallery.gallery)
        return Evaluation(
            sums, confusion: ConfusionMatrix(labels: classes, displayNames: displayNames, counts: confusion),
            uncalibrated: uncalibrated.metrics, calibrated: calibrated?.metrics, temperature: calibration?.temperature,
            unknown: rejectionMetrics)
    }

    private var rejectionMetrics: RejectionMetrics? {
        guard let threshold = calibration?.unknownThreshold else { return nil }
        let known = count - unknown.count
        let correct = correct.reduce(0, +) - unknown.correct
        return RejectionMetrics(
            threshold: threshold, count: unknown.count, accuracyOfKnown: Double(correct) / Double(max(1, known)))
    }
}

/// Sums over the batches of a validation.
package protocol ValidationTally {
    /// For each class, the number of images, of correct predictions, and of predictions.
    var counts: [Int] { get }
    var correct: [Int] { get }
    var predicted: [Int] { get }
    /// The number of images.
    var count: Int { get }
    /// The mean loss without a temperature.
    var loss: Double { get }
    /// The accuracy: the fraction of correct images, or of correct labels for multi-label data.
    var accuracy: Double { get }
    /// The mean average precision; only for multi-label data.
    var meanAveragePrecision: Double? { get }
    /// Adds a batch with the logits and the indices of the images in the dataset. Calls the body with the outcome of
    /// each image.
    mutating func add(_ logits: Logits, images: [Int], _ body: (ImageOutcome) throws -> Void) rethrows
    /// Returns all metrics, with the number of unreadable images.
    func evaluation(errors: Int) -> Evaluation
}

/// Creates an empty tally.
///
/// - Parameters:
///   - isMultiLabel: whether the data is multi-label.
///   - displayNames: the display names of the classes; nil for none.
///   - images: the images with their labels.
///   - calibration: the calibration of single-label probabilities; nil for none.
///   - topK: the values of k for top-k accuracy.
package func makeTally(
    isMultiLabel: Bool, classes: [String], displayNames: [String]? = nil, images: any ImageDataset,
    calibration: ModelCalibration? = nil, topK: [Int] = [1, 5]
) -> any ValidationTally {
    isMultiLabel
        ? MultiLabelTally(classes: classes, displayNames: displayNames, images: images, topK: topK)
        : SingleLabelTally(
            classes: classes, displayNames: displayNames, images: images, calibration: calibration, topK: topK)
}
