internal import Torch

extension LogitSample {
    /// The temperature that makes the pictures' classes most likely: of the logits divided by it, the mean cross entropy
    /// is lowest. Rounded to six digits, so that it does not hang on the order in which threads add.
    ///
    /// Over the inverse of the temperature the cross entropy is convex, so Newton's steps find the one lowest point; where
    /// one would leave the bounds between which it lies, the bounds are halved instead.
    ///
    /// - Returns: nil for fewer than ten pictures, and where no temperature from 1/20 to 1,000 is best. That is so where
    ///   every picture is recognised: the surer the better, without an end; and where the answers say nothing of the
    ///   classes.
    func temperature() throws -> Double? {
        var (low, high) = (0.001, 20.0)
        guard count >= 10, try slope(at: low).first < 0, try slope(at: high).first > 0 else { return nil }
        var inverse = 1.0
        for _ in 0..<200 {
            let (first, second) = try slope(at: inverse)
            if first < 0 { low = inverse } else { high = inverse }
            let step = inverse - first / second
            let next = step > low && step < high ? step : (low * high).squareRoot()
            let isDone = abs(next - inverse) <= 1e-10 * inverse
            inverse = next
            if isDone { break }
        }
        return (1e6 / inverse).rounded() / 1e6
    }

    /// The first and the second derivative of the cross entropy by the inverse of the temperature: how far the mean logit
    /// lies above that of the true class, and the variance of the logits, both by the probabilities.
    private func slope(at inverse: Double) throws -> (first: Double, second: Double) {
        var (first, second) = (0.0, 0.0)
        try forEachPart { logits, targets in
            let probabilities = try Probabilities(temperature: 1 / inverse)(logits)
            let weighed = try probabilities * logits
            let mean = try weighed.sum([1])
            let truth = try logits.gather(1, targets.unsqueeze(1)).squeeze(1)
            first += try (mean - truth).sum().item(as: Double.self)
            second += try ((weighed * logits).sum([1]) - mean * mean).sum().item(as: Double.self)
        }
        return (first, second)
    }

    /// The probability of the most probable class that so large a share of the pictures reaches, rounded down by a hundred
    /// thousandth: so far engines may differ, and a picture that was kept should stay so.
    func threshold(keeping share: Double, temperature: Double) throws -> Double {
        var highest: [Double] = []
        try forEachPart { logits, _ in
            highest += try Probabilities(temperature: temperature)(logits).topk(1).values.flatten().array(
                as: Double.self)
        }
        highest.sort(by: >)
        guard !highest.isEmpty else { return 0 }
        // A share such as 0.95 is a little more or less in binary.
        let kept = max(1, min(highest.count, Int((share * Double(highest.count) - 1e-9).rounded(.up))))
        return max(0, ((highest[kept - 1] - 1e-5) * 1e6).rounded(.down) / 1e6)
    }

    /// How far the probabilities can be trusted.
    func figures(temperature: Double) throws -> ConfidenceFigures {
        var tally = ConfidenceTally(classCount: classCount)
        try forEachPart { logits, targets in
            let best = try logits.argmax(1).array(as: Int.self)
            let labels = try targets.array(as: Int.self)
            let batch = try BatchConfidence(logits, Probabilities(temperature: temperature), targets: targets)
            for row in labels.indices {
                tally.add(
                    confidence: batch.confidence[row], isCorrect: best[row] == labels[row], loss: batch.loss[row],
                    squaredError: batch.squaredError[row])
            }
        }
        return tally.figures
    }

    /// What the pictures tell of how to make probabilities; nil where they tell nothing and nothing more is asked for.
    ///
    /// - Parameter knownShare: the share of the pictures that the threshold for the unknown is to keep; nil for none.
    func calibration(knownShare: Double?) throws -> ModelCalibration? {
        let temperature = try temperature()
        guard count > 0, temperature != nil || knownShare != nil else { return nil }
        return try ModelCalibration(
            temperature: temperature ?? 1,
            unknownThreshold: knownShare.map { try threshold(keeping: $0, temperature: temperature ?? 1) },
            knownShare: knownShare, pictures: count)
    }
}
