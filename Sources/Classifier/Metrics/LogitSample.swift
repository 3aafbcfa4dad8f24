/// A sample of the logits and classes of single-label images, with bounded memory. Of more images, every second one is
/// kept, of still more every fourth, and so on, so that all parts of the dataset are represented.
package struct LogitSample {
    /// 64 MB of logits: 16,000 images of 1,000 classes determine a temperature to three digits.
    package static let usualCapacity = 1 << 24

    private let mostRows: Int
    private(set) var logits: Logits
    private(set) var labels: [Int] = []
    private var stride = 1
    private var seen = 0

    /// - Parameter capacity: the largest number of logits to keep.
    package init(classCount: Int, capacity: Int = LogitSample.usualCapacity) {
        logits = Logits(classes: classCount)
        mostRows = max(2, capacity / classCount)
    }

    /// The number of images in the sample.
    var count: Int { labels.count }

    /// Adds a batch.
    package mutating func add(_ batch: Logits, _ targets: [Int]) {
        for (row, label) in zip(batch, targets) {
            defer { seen += 1 }
            guard seen.isMultiple(of: stride) else { continue }
            if labels.count == mostRows { thin() }
            guard seen.isMultiple(of: stride) else { continue }
            logits.append(row)
            labels.append(label)
        }
    }

    private mutating func thin() {
        let kept = Swift.stride(from: 0, to: count, by: 2)
        logits = kept.reduce(into: Logits(classes: logits.classes)) { $0.append(logits[$1]) }
        labels = kept.map { labels[$0] }
        stride *= 2
    }
}

extension LogitSample {
    /// Returns the temperature with the lowest mean cross entropy, rounded to six digits, so that it does not depend on
    /// the order in which threads add.
    ///
    /// The cross entropy is convex in the inverse temperature. Newton's method finds the minimum; steps that would
    /// leave the bounds are replaced by bisection.
    ///
    /// - Returns: nil for fewer than ten images, and if no temperature from 1/20 to 1,000 is best: if all images are
    ///   correct, or if the predictions are no better than chance.
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

    /// Returns the first and the second derivative of the cross entropy with respect to the inverse temperature: the
    /// difference between the mean logit and the logit of the true class, and the variance of the logits.
    private func slope(at inverse: Double) -> (first: Double, second: Double) {
        var (first, second) = (0.0, 0.0)
        for (row, label) in zip(logits, labels) {
            let answer = row.softmax(temperature: 1 / inverse)
            first += answer.excess(over: label)
            second += answer.variance
        }
        return (first, second)
    }

    /// Returns the confidence that this fraction of the images reaches, lowered by 1e-5, because results of engines
    /// differ slightly.
    func threshold(keeping coverage: Double, temperature: Double) -> Double {
        var highest = logits.map { $0.softmax(temperature: temperature).confidence }
        highest.sort(by: >)
        guard !highest.isEmpty else { return 0 }
        // A fraction such as 0.95 has no exact binary form.
        let kept = max(1, min(highest.count, Int((coverage * Double(highest.count) - 1e-9).rounded(.up))))
        return max(0, ((highest[kept - 1] - 1e-5) * 1e6).rounded(.down) / 1e6)
    }

    /// Returns the calibration metrics.
    func metrics(temperature: Double) -> ConfidenceMetrics {
        var tally = ConfidenceTally(classCount: logits.classes)
        for (row, label) in zip(logits, labels) { tally.add(row.softmax(temperature: temperature), label: label) }
        return tally.metrics
    }

    /// Returns the calibration; nil if no temperature is found and no threshold is requested.
    ///
    /// - Parameter coverage: the fraction of the images that reach the rejection threshold; nil for no threshold.
    package func calibration(coverage: Double?) throws -> ModelCalibration? {
        try calibration(temperature(), coverage: coverage)
    }

    /// Returns the calibration with a temperature.
    func calibration(_ temperature: Double?, coverage: Double?) throws -> ModelCalibration? {
        guard count > 0, temperature != nil || coverage != nil else { return nil }
        return try ModelCalibration(
            temperature: temperature ?? 1,
            unknownThreshold: coverage.map { threshold(keeping: $0, temperature: temperature ?? 1) },
            coverage: coverage, images: count)
    }
}
