/// The outcome of an evaluation for one image.
public struct ImageOutcome: Sendable, Codable, Equatable {
    /// The index of the image in the dataset, from 0.
    public let image: Int
    /// The path of the file, or the name in the dataset.
    public let file: String
    /// The true classes, as indices in `Evaluation.labels`: one for single-label data, any number for multi-label data.
    public let truth: [Int]
    /// The predicted classes: the most probable one, or for multi-label data those with a probability above 0.5.
    public let prediction: [Int]
    /// The probability of the most probable class, 0 to 1.
    public let probability: Double
    /// The probability of the true class; nil for multi-label data.
    public let truthProbability: Double?
    /// The cross entropy between the probabilities and the truth.
    public let loss: Double

    /// Whether the prediction is correct.
    public var isCorrect: Bool { truth == prediction }
}

/// Notable images, at most `size` of each kind.
public struct EvaluationGallery: Sendable, Codable, Equatable {
    /// The images with the highest loss, the highest first: mistakes and wrong labels.
    public let worst: [ImageOutcome]
    /// The images with the highest confidence, the highest first.
    public let mostCertain: [ImageOutcome]
    /// The images with the lowest confidence, the lowest first.
    public let leastCertain: [ImageOutcome]

    /// The largest number of images of each kind.
    public static let size = 48
}

/// Collects the notable images.
struct GalleryTally {
    private var worst = Leaderboard()
    private var mostCertain = Leaderboard()
    private var leastCertain = Leaderboard()

    mutating func add(_ outcome: ImageOutcome) {
        worst.add(outcome, score: outcome.loss)
        mostCertain.add(outcome, score: outcome.probability)
        leastCertain.add(outcome, score: -outcome.probability)
    }

    var gallery: EvaluationGallery {
        EvaluationGallery(
            worst: worst.outcomes, mostCertain: mostCertain.outcomes, leastCertain: leastCertain.outcomes)
    }
}

/// The images with the highest scores, the highest first. Equal ones keep their order.
private struct Leaderboard {
    private var entries: [(outcome: ImageOutcome, score: Double)] = []

    var outcomes: [ImageOutcome] { entries.map(\.outcome) }

    mutating func add(_ outcome: ImageOutcome, score: Double) {
        if entries.count == EvaluationGallery.size {
            guard let last = entries.last, score > last.score else { return }
            entries.removeLast()
        }
        let place = entries.firstIndex { $0.score < score } ?? entries.count
        entries.insert((outcome, score), at: place)
    }
}
