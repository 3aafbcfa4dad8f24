public import Torch
internal import TorchNN

/// VGG networks, as torchvision has them (`vgg.py`).
///
/// K. Simonyan, A. Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014,
/// arXiv:1409.1556. torchvision pools to 7 x 7 so that any input size fits.
public final class VGG: ImageNetwork {
    let features: Sequential
    let avgpool = AdaptiveAvgPool2d(7)
    let classifier: Sequential
    /// For each of the five blocks, where its layers lie in `features`.
    private let blocks: [Range<Int>]

    /// Makes a fresh network; each block is the output channels of its convolutions.
    init(blocks channels: [[Int]], classes: Int, dropout: Double = 0.5) throws {
        var layers: [any Module] = []
        var blocks: [Range<Int>] = []
        var inputs = 3
        for block in channels {
            let start = layers.count
            for outputs in block {
                layers += [try Conv2d(inputs, outputs, kernelSize: 3, padding: 1), ReLU()]
                inputs = outputs
            }
            layers.append(MaxPool2d(2))
            blocks.append(start..<layers.count)
        }
        self.blocks = blocks
        features = Sequential(layers)
        classifier = Sequential(
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

    /// `[N, 3, H, W]`, H and W at least 32, to `[N, 4096]`.
    public func extractFeatures(_ input: Tensor) throws -> Tensor {
        try classifier(avgpool(features(input)).flatten(from: 1), through: 0..<5)
    }

    /// Dropout and the last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try classifier(features, through: 5..<7) }

    /// The five blocks of convolutions, the two hidden layers, the last layer.
    public var stages: [Stage] {
        blocks.enumerated().map { number, layers in
            Stage("features.block\(number + 1)", layers.map { features[$0] })
        } + [0, 3, 6].map { Stage("classifier.\($0)", classifier[$0]) }
    }

    /// 4,096.
    public let headInputs = 4096

    /// Puts a new `classifier.6` in place.
    public func replaceHead(classes: Int) throws { classifier[6] = try Linear(headInputs, classes) }

    /// Configuration D of the paper's table 1.
    private static let blocks16 = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]]

    static let architectures = [
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
            build: { try VGG(blocks: blocks16, classes: $0) })
    ]
}
