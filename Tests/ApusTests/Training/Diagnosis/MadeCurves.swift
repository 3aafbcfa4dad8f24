@testable import Apus
@testable import Classifier

/// The figures of epochs from their losses and accuracies; where accuracies are left out they are 0.9.
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

/// A run of ten classes, or of two where they are named, with so many validation pictures that nothing is by chance.
func curves(
    _ epochs: [EpochMetrics], classes: [String] = (0..<10).map { "class\($0)" }, validationPictures: Int = 10_000
) -> TrainingCurves {
    TrainingCurves(epochs: epochs, classes: classes, validationPictures: validationPictures, trainsEverything: true)
}

/// What is found, in order.
func kinds(_ curves: TrainingCurves) -> [Finding.Kind] { diagnose(curves).map(\.kind) }

/// Noise that is always the same: `amount` times numbers between -1 and 1, of variance a third.
func noise(_ count: Int, _ amount: Double, seed: UInt64 = 1) -> [Double] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return amount * (Double(state >> 11) * 0x1p-52 - 1)
    }
}
