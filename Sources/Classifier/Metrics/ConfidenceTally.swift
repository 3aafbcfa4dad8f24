/// Sums over images for `ConfidenceFigures`.
struct ConfidenceTally {
    private let classCount: Int
    private var count = 0
    private var likelihood = 0.0
    private var squares = 0.0
    private var bins = Array(
        repeating: (count: 0, confidence: 0.0, correct: 0), count: ConfidenceFigures.binCount)

    init(classCount: Int) { self.classCount = classCount }

    /// Adds an image of a class.
    mutating func add(_ answer: Softmax, label: Int) {
        let confidence = answer.confidence
        count += 1
        likelihood -= answer.logarithm(label)
        squares += answer.squaredError(label)
        // A network that has diverged gives no numbers, and its loss shows it.
        guard confidence.isFinite else { return }
        let bin = min(bins.count - 1, max(0, Int(confidence * Double(bins.count))))
        bins[bin].count += 1
        bins[bin].confidence += confidence
        bins[bin].correct += answer.best == label ? 1 : 0
    }

    /// The mean loss.
    var loss: Double { likelihood / Double(max(1, count)) }

    var figures: ConfidenceFigures {
        let number = Double(bins.count)
        let means = bins.enumerated().map { place, bin in
            ConfidenceFigures.Bin(
                lower: Double(place) / number, upper: Double(place + 1) / number, count: bin.count,
                confidence: bin.confidence / Double(max(1, bin.count)),
                accuracy: Double(bin.correct) / Double(max(1, bin.count)))
        }
        let pictures = Double(max(1, count))
        return ConfidenceFigures(
            negativeLogLikelihood: loss, brierScore: squares / pictures / (classCount == 2 ? 2 : 1),
            expectedCalibrationError: means.reduce(0) {
                $0 + abs($1.confidence - $1.accuracy) * Double($1.count) / pictures
            },
            maximumCalibrationError: means.map { abs($0.confidence - $0.accuracy) }.max() ?? 0, bins: means)
    }
}
