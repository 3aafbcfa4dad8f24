/// What a classifier made of one labeled image.
public struct PictureOutcome: Sendable, Codable, Equatable {
    /// The image's place in the dataset, from 0.
    public let picture: Int
    /// What the dataset calls it: the path of its file where it has one.
    public let file: String
    /// Its true class, or its classes, perhaps none, where it may show several: places in `Evaluation.labels`.
    public let truth: [Int]
    /// The most probable class; where an image may show several, those that are more probable than not.
    public let prediction: [Int]
    /// How probable the most probable class is, 0 to 1.
    public let probability: Double
    /// How probable the true class is; nil where an image may show several.
    public let truthProbability: Double?
    /// The cross entropy between the probabilities and the truth.
    public let loss: Double

    /// Whether what is predicted is the truth.
    public var isCorrect: Bool { truth == prediction }
}

/// Images worth a look, a few dozen of each kind at most.
public struct EvaluationGallery: Sendable, Codable, Equatable {
    /// Those with the highest loss, the highest first: gross mistakes, and wrong labels.
    public let worst: [PictureOutcome]
    /// Those with the highest probability for the prediction, the highest first.
    public let mostCertain: [PictureOutcome]
    /// Those with the lowest probability for the prediction, the lowest first.
    public let leastCertain: [PictureOutcome]

    /// How many images of each kind are kept.
    public static let size = 48
}

/// Keeps the images that are worth a look, whatever the total.
struct GalleryTally {
    private var worst = Leaderboard()
    private var mostCertain = Leaderboard()
    private var leastCertain = Leaderboard()

    mutating func add(_ outcome: PictureOutcome) {
        worst.add(outcome, score: outcome.loss)
        mostCertain.add(outcome, score: outcome.probability)
        leastCertain.add(outcome, score: -outcome.probability)
    }

    var gallery: EvaluationGallery {
        EvaluationGallery(
            worst: worst.outcomes, mostCertain: mostCertain.outcomes, leastCertain: leastCertain.outcomes)
    }
}

/// The images with the highest scores, the highest first; of equal ones, those that came first.
private struct Leaderboard {
    private var entries: [(outcome: PictureOutcome, score: Double)] = []

    var outcomes: [PictureOutcome] { entries.map(\.outcome) }

    mutating func add(_ outcome: PictureOutcome, score: Double) {
        if entries.count == EvaluationGallery.size {
            guard let last = entries.last, score > last.score else { return }
            entries.removeLast()
        }
        let place = entries.firstIndex { $0.score < score } ?? entries.count
        entries.insert((outcome, score), at: place)
    }
}
