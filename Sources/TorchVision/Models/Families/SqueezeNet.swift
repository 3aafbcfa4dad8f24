public import Torch
public import TorchNN

/// SqueezeNet, as in torchvision (`squeezenet.py`).
///
/// F. Iandola et al.: SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size, 2016,
/// arXiv:1602.07360. Version 1.1 is a later version of the authors with less than half the computation. As in
/// torchvision, sizes after pooling are rounded up, and logits are never negative because an activation follows the
/// last convolution.
public final class SqueezeNet: ImageNetwork {
    let features: Sequential
    private(set) var classifier: Sequential
    /// The number of layers of `classifier` that belong to the features: zero, or those before a custom head.
    private var pooledLayers = 0

    /// The two networks that the authors published.
    public enum Version: Sendable {
        /// The paper's version, with 7 x 7 kernels in the first layer.
        case v1_0
        /// The later version, with 3 x 3 kernels in the first layer and earlier pooling.
        case v1_1
    }

    /// Creates a new network.
    public init(_ version: Version, classes: Int = 1000, dropout: Double = 0.5) throws {
        features = Sequential(try version == .v1_0 ? Self.makeFeatures1_0() : Self.makeFeatures1_1())
        classifier = Sequential(
            Dropout(dropout), try Conv2d(Self.channels, classes, kernelSize: 1), ReLU(), AdaptiveAvgPool2d(1))
        for case let layer as Conv2d in features.namedModules.map(\.module) {
            try Initialization.kaimingUniform(layer.weight)
            if let bias = layer.bias { try Initialization.constant(bias, 0) }
        }
        try Self.initializeLastLayer(classifier[1])
    }

    /// The channels of the last map.
    private static let channels = 512

    private static func makeFeatures1_0() throws -> [any Module] {
        [
            try Conv2d(3, 96, kernelSize: 7, stride: 2), ReLU(), makePool(),
            try Fire(96, 16, 64), try Fire(128, 16, 64), try Fire(128, 32, 128), makePool(),
            try Fire(256, 32, 128), try Fire(256, 48, 192), try Fire(384, 48, 192), try Fire(384, 64, 256), makePool(),
            try Fire(512, 64, 256),
        ]
    }

    private static func makeFeatures1_1() throws -> [any Module] {
        [
            try Conv2d(3, 64, kernelSize: 3, stride: 2), ReLU(), makePool(),
            try Fire(64, 16, 64), try Fire(128, 16, 64), makePool(),
            try Fire(128, 32, 128), try Fire(256, 32, 128), makePool(),
            try Fire(256, 48, 192), try Fire(384, 48, 192), try Fire(384, 64, 256), try Fire(512, 64, 256),
        ]
    }

    private static func makePool() -> MaxPool2d { MaxPool2d(3, stride: 2, ceilMode: true) }

    /// Only the last convolution starts with small weights.
    private static func initializeLastLayer(_ module: any Module) throws {
        guard let layer = module as? Conv2d else { return }
        try Initialization.normal(layer.weight, standardDeviation: 0.01)
        if let bias = layer.bias { try Initialization.constant(bias, 0) }
    }

    /// `[N, 3, H, W]`, H and W at least 21 (1.1: 17), to a map `[N, 512, H', W']`, the input of the last convolution;
    /// with a custom head to `[N, 512]`, the mean over positions.
    public func extractFeatures(_ input: Tensor) throws -> Tensor {
        try classifier(features(input), through: 0..<pooledLayers)
    }

    /// Dropout, the last convolution, its activation, and the mean over positions.
    public func classify(_ features: Tensor) throws -> Tensor {
        try classifier(features, through: pooledLayers..<classifier.count).flatten(from: 1)
    }

    /// The first convolution, the eight fire modules, the last convolution.
    public var stages: [Stage] {
        features.namedChildren.filter { $0.module is Conv2d || $0.module is Fire }.map {
            Stage("features.\($0.name)", $0.module)
        } + [pooledLayers == 0 ? Stage("classifier.1", classifier[1]) : Stage("classifier", classifier)]
    }

    /// 512.
    public var headInputs: Int { Self.channels }

    /// Replaces `classifier.1`, a convolution, with a new one.
    public func replaceLastLayer(classes: Int) throws {
        let layer = try Conv2d(Self.channels, classes, kernelSize: 1)
        try Self.initializeLastLayer(layer)
        classifier[1] = layer
    }

    /// Replaces `classifier` with a module, after the mean over positions and a flattening.
    ///
    /// The names are those of PyTorch's `nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), *layers)` as
    /// `classifier`: the first of the layers is `classifier.2`.
    public func putHead(_ module: any Module) {
        let pooling: [any Module] = [AdaptiveAvgPool2d(1), Flatten()]
        pooledLayers = pooling.count
        classifier = Sequential(pooling + ((module as? Sequential)?.namedChildren.map(\.module) ?? [module]))
    }

    static let architectures = [
        Architecture(
            "squeezenet1_0", summary: "SqueezeNet, small by 1 x 1 convolutions, 2016", parameterCount: 1_248_424,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "squeezenet1_0-b66bff10.pth", top1: 58.092, top5: 80.42, gigaflops: 0.819)
            ],
            build: { try SqueezeNet(.v1_0, classes: $0.classes) }),
        Architecture(
            "squeezenet1_1", summary: "SqueezeNet 1.1, with less than half the computation, 2016",
            parameterCount: 1_235_496,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "squeezenet1_1-b8a52dc0.pth", top1: 58.178, top5: 80.624, gigaflops: 0.349)
            ],
            build: { try SqueezeNet(.v1_1, classes: $0.classes) }),
    ]
}

/// A reducing 1 x 1 convolution, then parallel 1 x 1 and 3 x 3 convolutions with more channels.
private final class Fire: Module {
    let squeeze: Conv2d
    let expand1x1: Conv2d
    let expand3x3: Conv2d

    /// Creates a module with `squeezed` inner channels and twice `expanded` output channels.
    init(_ inputs: Int, _ squeezed: Int, _ expanded: Int) throws {
        squeeze = try Conv2d(inputs, squeezed, kernelSize: 1)
        expand1x1 = try Conv2d(squeezed, expanded, kernelSize: 1)
        expand3x3 = try Conv2d(squeezed, expanded, kernelSize: 3, padding: 1)
    }

    func forward(_ input: Tensor) throws -> Tensor {
        let x = try squeeze(input).relu()
        return try Tensor.cat([expand1x1(x).relu(), expand3x3(x).relu()], dim: 1)
    }
}
