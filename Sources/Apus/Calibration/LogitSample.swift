internal import Torch

/// The logits and classes of pictures that show one class each, as many as memory should hold: of more, every second one
/// is kept, of still more every fourth, and so on, so that all parts of the dataset are in it.
@TensorActor
struct LogitSample {
    /// 64 MB of logits: 16,000 pictures of 1,000 classes tell a temperature to three digits.
    static let usualCapacity = 1 << 24

    let classCount: Int
    private let mostRows: Int
    private var logits: [Float] = []
    private var labels: [Int] = []
    private var stride = 1
    private var seen = 0

    /// - Parameter capacity: how many numbers are kept at most.
    init(classCount: Int, capacity: Int = LogitSample.usualCapacity) {
        self.classCount = classCount
        mostRows = max(2, capacity / classCount)
    }

    /// How many pictures are kept.
    var count: Int { labels.count }

    /// Adds a batch on the CPU: logits `[N, classes]`, and `[N]` classes.
    mutating func add(_ batch: Tensor, _ targets: Tensor) throws {
        let values = try batch.flatten().array(as: Float.self)
        for (row, label) in try targets.array(as: Int.self).enumerated() {
            defer { seen += 1 }
            guard seen.isMultiple(of: stride) else { continue }
            if labels.count == mostRows { thin() }
            guard seen.isMultiple(of: stride) else { continue }
            logits += values[row * classCount..<(row + 1) * classCount]
            labels.append(label)
        }
    }

    private mutating func thin() {
        let kept = Swift.stride(from: 0, to: labels.count, by: 2)
        logits = kept.flatMap { logits[$0 * classCount..<($0 + 1) * classCount] }
        labels = kept.map { labels[$0] }
        stride *= 2
    }

    /// Gives the pictures in parts: logits `[N, classes]` in float64, and `[N]` classes.
    func forEachPart(_ body: (_ logits: Tensor, _ targets: Tensor) throws -> Void) throws {
        let rows = max(1, (1 << 18) / classCount)
        for start in Swift.stride(from: 0, to: count, by: rows) {
            let end = min(count, start + rows)
            let part = try Tensor(
                Array(logits[start * classCount..<end * classCount]), shape: [end - start, classCount])
            try body(part.to(.float64), Tensor(Array(labels[start..<end])))
        }
    }
}
