import Apus

/// Five stages of two convolutions and a pool, then a hidden layer: 2,230,170 parameters for ten classes.
final class AnimalsCNN: Module {
    let features: Sequential
    let classifier: Sequential

    init(classes: Int) throws {
        var layers: [any Module] = []
        var inputs = 3
        for outputs in [16, 32, 64, 128, 256] {
            layers += [
                try Conv2d(inputs, outputs, kernelSize: 3), ReLU(),
                try Conv2d(outputs, outputs, kernelSize: 3), ReLU(),
                MaxPool2d(2),
            ]
            inputs = outputs
        }
        features = Sequential(layers)
        classifier = Sequential(
            Dropout(0.25), try Linear(256 * 4 * 4, 256), ReLU(),
            Dropout(0.5), try Linear(256, classes))
    }

    /// `[N, 3, 256, 256]` to `[N, classes]`.
    func forward(_ input: Tensor) throws -> Tensor {
        try classifier(features(input).flatten(from: 1))
    }
}
