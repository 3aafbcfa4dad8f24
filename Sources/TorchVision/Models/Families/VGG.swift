internal import Images
public import Torch
public import TorchNN

/// VGG networks, as in torchvision (`vgg.py`).
///
/// K. Simonyan, A. Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014,
/// arXiv:1409.1556. As in torchvision, pooling to 7 x 7 allows any input size, and each network also exists with batch
/// normalization, which is newer than the paper.
public final class VGG: ImageNetwork {
    let features: Sequential
    let avgpool = AdaptiveAvgPool2d(7)
    let classifier: ClassifierHead
    /// The positions of the layers of each of the five blocks in `features`.
    private let blocks: [Range<Int>]

    /// A column of the paper's table 1: the output channels of each block's convolutions.
    public struct Configuration: Sendable {
        let blocks: [[Int]]

        private init(_ counts: Int...) {
            blocks = zip([64, 128, 256, 512, 512], counts).map { Array(repeating: $0, count: $1) }
        }

        /// 11 layers: column A.
        public static let vgg11 = Configuration(1, 1, 2, 2, 2)
        /// 13 layers: column B.
        public static let vgg13 = Configuration(2, 2, 2, 2, 2)
        /// 16 layers: column D.
        public static let vgg16 = Configuration(2, 2, 3, 3, 3)
        /// 19 layers: column E.
        public static let vgg19 = Configuration(2, 2, 4, 4, 4)
    }

    /// Creates a new network.
    ///
    /// - Parameters:
    ///   - configuration: The depth.
    ///   - normalizes: Whether batch normalization follows each convolution.
    ///   - classes: The number of classes.
    ///   - dropout: The probability of both dropout layers.
    public init(
        _ configuration: Configuration, normalizes: Bool = false, classes: Int = 1000, dropout: Double = 0.5
    ) throws {
        var layers: [any Module] = []
        var blocks: [Range<Int>] = []
        var inputs = 3
        for block in configuration.blocks {
            let start = layers.count
            for outputs in block {
                layers.append(try Conv2d(inputs, outputs, kernelSize: 3, padding: 1))
                if normalizes { layers.append(try BatchNorm2d(outputs)) }
                layers.append(ReLU())
                inputs = outputs
            }
            layers.append(MaxPool2d(2))
            blocks.append(start..<layers.count)
        }
        self.blocks = blocks
        features = Sequential(layers)
        classifier = ClassifierHead(
            inputs: 512 * 7 * 7,
            try Linear(512 * 7 * 7, 4096), ReLU(), Dropout(dropout),
            try Linear(4096, 4096), ReLU(), Dropout(dropout),
            try Linear(4096, classes))
        try initialize()
    }

    private func initialize() throws {
        for (_, module) in namedModules {
            switch module {
            case let layer as Conv2d:
                try Initialization.kaimingNormal(layer.weight, fan: .out)
                if let bias = layer.bias { try Initialization.constant(bias, 0) }
            case let layer as Linear:
                try Initialization.normal(layer.weight, standardDeviation: 0.01)
                if let bias = layer.bias { try Initialization.constant(bias, 0) }
            default: break
            }
        }
    }

    /// `[N, 3, H, W]`, H and W at least 32, to `[N, 4096]`; with a custom head to `[N, 25088]`.
    public func extractFeatures(_ input: Tensor) throws -> Tensor {
        try classifier.extractFeatures(avgpool(features(input)).flatten(from: 1))
    }

    /// Dropout and the last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try classifier.classify(features) }

    /// The five blocks of convolutions, the two hidden layers, the last layer.
    public var stages: [Stage] {
        blocks.enumerated().map { number, layers in
            Stage("features.block\(number + 1)", layers.map { features[$0] })
        } + classifier.stages()
    }

    /// 25,088: 512 channels of 7 x 7 positions.
    public var headInputs: Int { classifier.inputs }

    /// Replaces `classifier.6` with a new layer.
    public func replaceLastLayer(classes: Int) throws { try classifier.replaceLastLayer(classes: classes) }

    /// Replaces `classifier` with a module.
    public func putHead(_ module: any Module) { classifier.putHead(module) }

    static let architectures = [
        Architecture(
            "vgg11", summary: "VGG with 11 layers, 2014", parameterCount: 132_863_336,
            weights: [
                PretrainedWeights("IMAGENET1K_V1", "vgg11-8a719046.pth", top1: 69.02, top5: 88.628, gigaflops: 7.609)
            ],
            build: { try VGG(.vgg11, classes: $0.classes) }),
        Architecture(
            "vgg11_bn", summary: "VGG with 11 layers and batch normalization, 2014", parameterCount: 132_868_840,
            weights: [
                PretrainedWeights("IMAGENET1K_V1", "vgg11_bn-6002323d.pth", top1: 70.37, top5: 89.81, gigaflops: 7.609)
            ],
            build: { try VGG(.vgg11, normalizes: true, classes: $0.classes) }),
        Architecture(
            "vgg13", summary: "VGG with 13 layers, 2014", parameterCount: 133_047_848,
            weights: [
                PretrainedWeights("IMAGENET1K_V1", "vgg13-19584684.pth", top1: 69.928, top5: 89.246, gigaflops: 11.308)
            ],
            build: { try VGG(.vgg13, classes: $0.classes) }),
        Architecture(
            "vgg13_bn", summary: "VGG with 13 layers and batch normalization, 2014", parameterCount: 133_053_736,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "vgg13_bn-abd245e5.pth", top1: 71.586, top5: 90.374, gigaflops: 11.308)
            ],
            build: { try VGG(.vgg13, normalizes: true, classes: $0.classes) }),
        Architecture(
            "vgg16", summary: "VGG with 16 layers, 2014", parameterCount: 138_357_544,
            weights: [
                PretrainedWeights("IMAGENET1K_V1", "vgg16-397923af.pth", top1: 71.592, top5: 90.382, gigaflops: 15.47),
                // Trained by the authors of SSD in another framework: pixels from 0 to 255, and no usable classifier.
                PretrainedWeights(
                    "IMAGENET1K_FEATURES", "vgg16_features-amdegroot-88682ab5.pth", gigaflops: 15.47,
                    preprocessing: Preprocessing(
                        resizeShortSide: 256, cropSize: 224, mean: [0.48235, 0.45882, 0.40784],
                        standardDeviation: [1 / 255, 1 / 255, 1 / 255])),
            ],
            build: { try VGG(.vgg16, classes: $0.classes) }),
        Architecture(
            "vgg16_bn", summary: "VGG with 16 layers and batch normalization, 2014", parameterCount: 138_365_992,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "vgg16_bn-6c64b313.pth", top1: 73.36, top5: 91.516, gigaflops: 15.47)
            ],
            build: { try VGG(.vgg16, normalizes: true, classes: $0.classes) }),
        Architecture(
            "vgg19", summary: "VGG with 19 layers, 2014", parameterCount: 143_667_240,
            weights: [
                PretrainedWeights("IMAGENET1K_V1", "vgg19-dcbb9e9d.pth", top1: 72.376, top5: 90.876, gigaflops: 19.632)
            ],
            build: { try VGG(.vgg19, classes: $0.classes) }),
        Architecture(
            "vgg19_bn", summary: "VGG with 19 layers and batch normalization, 2014", parameterCount: 143_678_248,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "vgg19_bn-c79401a0.pth", top1: 74.218, top5: 91.842, gigaflops: 19.632)
            ],
            build: { try VGG(.vgg19, normalizes: true, classes: $0.classes) }),
    ]
}
