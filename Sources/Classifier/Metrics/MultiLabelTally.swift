internal import Images

/// The tally of multi-label images. It stores a number for each image and class for the curves.
struct MultiLabelTally: ValidationTally {
    private let classes: [String]
    private let displayNames: [String]?
    private let images: any ImageDataset
    private let ks: [Int]
    private(set) var count = 0
    private var lossSum = 0.0
    /// For each k, the number of images for which a true class is among the k most probable.
    private var topHits: [Int]
    /// For each class, the logit of each image and whether it has the label.
    private var answers: [[(logit: Float, isShown: Bool)]]
    /// For each class, the number of images with a probability above 0.5, and the number of correct ones among them.
    private(set) var predicted: [Int], correct: [Int]
    private var gallery = GalleryTally()

    /// - Parameters:
    ///   - displayNames: the display names of the classes; nil for none.
    ///   - images: the files of the images.
    ///   - topK: the values of k for top-k accuracy.
    init(classes: [String], displayNames: [String]? = nil, images: any ImageDataset, topK: [Int] = [1, 5]) {
        (self.classes, self.displayNames, self.images) = (classes, displayNames, images)
        ks = Set(topK + [1, 5]).sorted()
        topHits = Array(repeating: 0, count: ks.count)
        answers = Array(repeating: [], count: classes.count)
        predicted = Array(repeating: 0, count: classes.count)
        correct = predicted
    }

    mutating func add(
        _ logits: Logits, images places: [Int], _ body: (ImageOutcome) throws -> Void
    ) rethrows {
        var isShown = [Bool](repeating: false, count: classes.count)
        for (image, row) in zip(places, logits) {
            let labels = images.labels(at: image)
            for label in labels { isShown[label] = true }
            defer { for label in labels { isShown[label] = false } }
            for label in classes.indices { add(row[label], isShown: isShown[label], to: label) }
            let rank = labels.lazy.map(row.rank).min()
            for (place, k) in ks.enumerated() where rank.map({ $0 < k }) ?? false { topHits[place] += 1 }
            let loss = row.binaryCrossEntropy(isShown)
            lossSum += loss
            count += 1
            let outcome = ImageOutcome(
                image: image, file: images.name(at: image), truth: classes.indices.filter { isShown[$0] },
                prediction: classes.indices.filter { row[$0] > 0 }, probability: row.sigmoid(row.best),
                truthProbability: nil, loss: loss)
            gallery.add(outcome)
            try body(outcome)
        }
    }

    private mutating func add(_ logit: Float, isShown: Bool, to label: Int) {
        answers[label].append((logit, isShown))
        guard logit > 0 else { return }
        predicted[label] += 1
        if isShown { correct[label] += 1 }
    }

    var loss: Double { lossSum / Double(max(1, count)) }

    var counts: [Int] { answers.map { $0.count(where: \.isShown) } }

    private var sortedAnswers: [ClassAnswers] {
        answers.map { ClassAnswers($0.map { .init(score: Double($0.logit), isShown: $0.isShown) }) }
    }

    func evaluation(errors: Int) -> Evaluation {
        let answers = sortedAnswers
        let results = Evaluation.ClassResult.results(
            classes, displayNames, supports: counts, correct: correct, predicted: predicted, answers: answers)
        let sums = Evaluation.Sums(
            classes: classes, displayNames: displayNames, results: results, count: count, errors: errors,
            topHits: zip(ks, topHits).map { ($0, $1) }, loss: loss,
            curves: answers.indices.compactMap { answers[$0].curves(classes[$0], name: displayNames?[$0]) },
            gallery: gallery.gallery)
        return Evaluation(sums, meanAveragePrecision: mean(of: answers))
    }

    var accuracy: Double {
        // Errors are false positives and false negatives.
        let wrong = zip(counts, zip(correct, predicted)).reduce(0) { $0 + $1.0 + $1.1.1 - 2 * $1.1.0 }
        return 1 - Double(wrong) / Double(max(1, count * classes.count))
    }

    /// The mean average precision of the classes with images.
    var meanAveragePrecision: Double? { mean(of: sortedAnswers) }

    private func mean(of answers: [ClassAnswers]) -> Double {
        let values = answers.compactMap(\.averagePrecision)
        return values.reduce(0, +) / Double(max(1, values.count))
    }
}
