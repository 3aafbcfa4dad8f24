extension LogitSample {
    /// The temperature that makes the images' classes most likely: of the logits divided by it, the mean cross entropy
    /// is lowest. Rounded to six digits, so that it does not depend on the order in which threads add.
    ///
    /// Over the inverse of the temperature the cross entropy is convex, so Newton's steps find the one lowest point; where
    /// one would leave the bounds between which it lies, the bounds are halved instead.
    ///
    /// - Returns: nil for fewer than ten images, and where no temperature from 1/20 to 1,000 is best. That is so where
    ///   every image is correct: the surer the better, without an end; and where the answers have no information on the
    ///   classes.
    func temperature() -> Double? {
        var (low, high) = (0.001, 20.0)
        guard count >= 10, slope(at: low).first < 0, slope(at: high).first > 0 else { return nil }
        var inverse = 1.0
        for _ in 0..<200 {
            let (first, second) = slope(at: inverse)
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
    private func slope(at inverse: Double) -> (first: Double, second: Double) {
        var (first, second) = (0.0, 0.0)
        for (row, label) in zip(logits, labels) {
            let answer = row.softmax(temperature: 1 / inverse)
            first += answer.excess(over: label)
            second += answer.variance
        }
        return (first, second)
    }

    /// The probability of the most probable class that this fraction of the images reaches, rounded down by a hundred
    /// thousandth: so far engines may differ, and an image that was kept should stay so.
    func threshold(keeping share: Double, temperature: Double) -> Double {
        var highest = logits.map { $0.softmax(temperature: temperature).confidence }
        highest.sort(by: >)
        guard !highest.isEmpty else { return 0 }
        // A fraction such as 0.95 is a little more or less in binary.
        let kept = max(1, min(highest.count, Int((share * Double(highest.count) - 1e-9).rounded(.up))))
        return max(0, ((highest[kept - 1] - 1e-5) * 1e6).rounded(.down) / 1e6)
    }

    /// How far the probabilities can be trusted.
    func figures(temperature: Double) -> ConfidenceFigures {
        var tally = ConfidenceTally(classCount: logits.classes)
        for (row, label) in zip(logits, labels) { tally.add(row.softmax(temperature: temperature), label: label) }
        return tally.figures
    }

    /// How to make probabilities, found from the images; nil where they show nothing and nothing more is asked for.
    ///
    /// - Parameter knownShare: the fraction of the images that the threshold for the unknown is to keep; nil for none.
    package func calibration(knownShare: Double?) throws -> ModelCalibration? {
        try calibration(temperature(), knownShare: knownShare)
    }

    /// The same with the temperature that is found from them.
    func calibration(_ temperature: Double?, knownShare: Double?) throws -> ModelCalibration? {
        guard count > 0, temperature != nil || knownShare != nil else { return nil }
        return try ModelCalibration(
            temperature: temperature ?? 1,
            unknownThreshold: knownShare.map { threshold(keeping: $0, temperature: temperature ?? 1) },
            knownShare: knownShare, pictures: count)
    }
}
