public import Torch
public import TorchNN

/// AlexNet, as in torchvision (`alexnet.py`).
///
/// A. Krizhevsky: One weird trick for parallelizing convolutional neural networks, 2014, arXiv:1404.5997. As in this
/// paper, the first layer has 64 kernels. Pooling to 6 x 6 allows any input size.
public final class AlexNet: ImageNetwork {
    let features: Sequential
    let avgpool = AdaptiveAvgPool2d(6)
    let classifier: ClassifierHead

    /// Creates a new network.
    public init(classes: Int = 1000, dropout: Double = 0.5) throws {
        features = Sequential(
            try Conv2d(3, 64, kernelSize: 11, stride: 4, padding: 2), ReLU(), MaxPool2d(3, stride: 2),
            try Conv2d(64, 192, kernelSize: 5, padding: 2), ReLU(), MaxPool2d(3, stride: 2),
            try Conv2d(192, 384, kernelSize: 3, padding: 1), ReLU(),
            try Conv2d(384, 256, kernelSize: 3, padding: 1), ReLU(),
            try Conv2d(256, 256, kernelSize: 3, padding: 1), ReLU(), MaxPool2d(3, stride: 2))
        classifier = ClassifierHead(
            inputs: 256 * 6 * 6,
            Dropout(dropout), try Linear(256 * 6 * 6, 4096), ReLU(),
            Dropout(dropout), try Linear(4096, 4096), ReLU(),
            try Linear(4096, classes))
    }

    /// `[N, 3, H, W]`, H and W at least 63, to `[N, 4096]`; with a custom head to `[N, 9216]`.
    public func extractFeatures(_ input: Tensor) throws -> Tensor {
        try classifier.extractFeatures(avgpool(features(input)).flatten(from: 1))
    }

    /// The last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try classifier.classify(features) }

    /// The five convolutions, the two hidden layers, the last layer.
    public var stages: [Stage] {
        [0, 3, 6, 8, 10].map { Stage("features.\($0)", features[$0]) } + classifier.stages()
    }

    /// 9,216: 256 channels of 6 x 6 positions.
    public var headInputs: Int { classifier.inputs }

    /// Replaces `classifier.6` with a new layer.
    public func replaceLastLayer(classes: Int) throws { try classifier.replaceLastLayer(classes: classes) }

    /// Replaces `classifier` with a module.
    public func putHead(_ module: any Module) { classifier.putHead(module) }

    static let architectures = [
        Architecture(
            "alexnet", summary: "AlexNet, 2014", parameterCount: 61_100_840,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "alexnet-owt-7be5be79.pth", top1: 56.522, top5: 79.066, gigaflops: 0.714)
            ],
            build: { try AlexNet(classes: $0.classes) })
    ]
}
