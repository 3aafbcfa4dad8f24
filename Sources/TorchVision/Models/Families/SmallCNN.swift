public import Torch
public import TorchNN

/// A small network to train from scratch: five stages of two convolutions and a pooling layer, then a hidden layer.
///
/// With about 26,000 images of ten animals it reaches 75 % after 50 epochs. It has no published weights.
public final class SmallCNN: ImageNetwork {
    let features: Sequential
    let classifier: ClassifierHead

    /// The output channels of the five stages.
    private static let channels = [16, 32, 64, 128, 256]

    /// Creates a new network.
    public init(classes: Int = 10) throws {
        var layers: [any Module] = []
        var inputs = 3
        for outputs in Self.channels {
            layers += [
                try Conv2d(inputs, outputs, kernelSize: 3), ReLU(),
                try Conv2d(outputs, outputs, kernelSize: 3), ReLU(),
                MaxPool2d(2),
            ]
            inputs = outputs
        }
        features = Sequential(layers)
        classifier = ClassifierHead(
            inputs: 256 * 4 * 4,
            Dropout(0.25), try Linear(256 * 4 * 4, 256), ReLU(), Dropout(0.5), try Linear(256, classes))
    }

    /// `[N, 3, 256, 256]` to `[N, 256]`. Without padding and adaptive pooling, other sizes are not possible.
    public func extractFeatures(_ input: Tensor) throws -> Tensor {
        try classifier.extractFeatures(features(input).flatten(from: 1))
    }

    /// Dropout and the last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try classifier.classify(features) }

    /// The five stages of convolutions, the hidden layer, the last layer.
    public var stages: [Stage] {
        (0..<5).map { stage in Stage("features.stage\(stage + 1)", (stage * 5..<stage * 5 + 5).map { features[$0] }) }
            + classifier.stages()
    }

    /// 4,096: 256 channels of 4 x 4 positions.
    public var headInputs: Int { classifier.inputs }

    /// Replaces `classifier.4` with a new layer.
    public func replaceLastLayer(classes: Int) throws { try classifier.replaceLastLayer(classes: classes) }

    /// Replaces `classifier` with a module.
    public func putHead(_ module: any Module) { classifier.putHead(module) }

    static let architectures = [
        Architecture(
            "small_cnn", summary: "ten convolutions to train from scratch", parameterCount: 2_230_170,
            preprocessing: .imageNet(resizeShortSide: 300, cropSize: 256),
            build: { try SmallCNN(classes: $0.classes) })
    ]
}
