@testable import Apus
@testable import Classifier

/// The metrics of epochs from their losses and accuracies; the default accuracy is 0.9.
func epochs(
    training: [Double], validation: [Double]? = nil, accuracy: [Double]? = nil, trainingAccuracy: [Double]? = nil,
    rate: Double = 0.001
) -> [EpochMetrics] {
    training.indices.map { index in
        EpochMetrics(
            epoch: index + 1, learningRate: rate, trainingLoss: training[index],
            trainingAccuracy: (trainingAccuracy ?? accuracy)?[index] ?? 0.9,
            validationLoss: (validation ?? training)[index], validationAccuracy: accuracy?[index] ?? 0.9)
    }
}

/// A run of ten classes, or of the named classes, with enough validation images to rule out chance.
func curves(
    _ epochs: [EpochMetrics], classes: [String] = (0..<10).map { "class\($0)" }, validationImages: Int = 10_000
) -> TrainingCurves {
    TrainingCurves(epochs: epochs, classes: classes, validationImages: validationImages, trainsEverything: true)
}

/// The issues found, in order.
func kinds(_ curves: TrainingCurves) -> [Finding.Kind] { diagnose(curves).map(\.kind) }

/// Deterministic noise: `amount` times numbers between -1 and 1, with a variance of a third.
func noise(_ count: Int, _ amount: Double, seed: UInt64 = 1) -> [Double] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return amount * (Double(state >> 11) * 0x1p-52 - 1)
    }
}
