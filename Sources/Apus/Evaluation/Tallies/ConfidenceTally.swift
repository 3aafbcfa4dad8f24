internal import Torch

/// Sums over pictures for `ConfidenceFigures`.
struct ConfidenceTally {
    private let classCount: Int
    private var count = 0
    private var likelihood = 0.0
    private var squares = 0.0
    private var bins = Array(
        repeating: (count: 0, confidence: 0.0, correct: 0), count: ConfidenceFigures.binCount)

    init(classCount: Int) { self.classCount = classCount }

    /// Adds a picture.
    ///
    /// - Parameters:
    ///   - confidence: the highest probability.
    ///   - loss: the cross entropy between the probabilities and the truth.
    ///   - squaredError: that of the probabilities, summed over the classes.
    mutating func add(confidence: Double, isCorrect: Bool, loss: Double, squaredError: Double) {
        count += 1
        likelihood += loss
        squares += squaredError
        // A network that has come apart gives no numbers, and its loss tells.
        guard confidence.isFinite else { return }
        let bin = min(bins.count - 1, max(0, Int(confidence * Double(bins.count))))
        bins[bin].count += 1
        bins[bin].confidence += confidence
        bins[bin].correct += isCorrect ? 1 : 0
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

/// What a batch's probabilities say of each picture.
@TensorActor
struct BatchConfidence {
    /// The highest probability, that of the true class, the cross entropy, and the squared error over all classes.
    let confidence: [Double], truth: [Double], loss: [Double], squaredError: [Double]
    /// `[N, classes]` in float64.
    let probabilities: Tensor

    /// - Parameters:
    ///   - logits: `[N, classes]` in float64.
    ///   - targets: `[N]` classes.
    init(_ logits: Tensor, _ rule: Probabilities, targets: Tensor) throws {
        let logarithms = try rule.logarithms(logits)
        let ofTruth = try logarithms.gather(1, targets.unsqueeze(1)).squeeze(1)
        probabilities = try logarithms.exp()
        let highest = try probabilities.topk(1).values.squeeze(1)
        let squares = try (probabilities * probabilities).sum([1])
        confidence = try highest.array()
        loss = try (-ofTruth).array()
        truth = try ofTruth.exp().array()
        squaredError = try (squares - ofTruth.exp() * 2 + 1).array()
    }
}
