/// The logits and classes of images that show one class each, as many as memory should hold: of more, every second one
/// is kept, of still more every fourth, and so on, so that all parts of the dataset are in it.
package struct LogitSample {
    /// 64 MB of logits: 16,000 images of 1,000 classes determine a temperature to three digits.
    package static let usualCapacity = 1 << 24

    private let mostRows: Int
    private(set) var logits: Logits
    private(set) var labels: [Int] = []
    private var stride = 1
    private var seen = 0

    /// - Parameter capacity: how many numbers are kept at most.
    package init(classCount: Int, capacity: Int = LogitSample.usualCapacity) {
        logits = Logits(classes: classCount)
        mostRows = max(2, capacity / classCount)
    }

    /// How many images are kept.
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
