import Apus

/// The mean of the accuracies of the classes, so that rare classes count as much as frequent ones.
struct BalancedAccuracy: TrainingMetric {
    let name = "balanced accuracy"
    private var images: [Int: Int] = [:]
    private var correct: [Int: Int] = [:]

    mutating func update(_ image: ImageOutcome, probabilities: [Float]) {
        for label in image.truth {
            images[label, default: 0] += 1
            if image.isCorrect { correct[label, default: 0] += 1 }
        }
    }

    func compute() -> Double {
        let accuracies = images.map { label, count in Double(correct[label] ?? 0) / Double(count) }
        return accuracies.reduce(0, +) / Double(accuracies.count)
    }
}
