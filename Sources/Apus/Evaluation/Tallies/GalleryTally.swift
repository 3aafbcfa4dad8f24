/// Keeps the pictures that are worth a look, however many there are in all.
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

/// The pictures with the highest scores, the highest first; of equal ones, those that came first.
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
