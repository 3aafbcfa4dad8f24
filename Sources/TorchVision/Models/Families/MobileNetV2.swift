public import Torch
public import TorchNN

/// MobileNetV2, as in torchvision (`mobilenetv2.py`).
///
/// M. Sandler et al.: MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018, arXiv:1801.04381.
public final class MobileNetV2: ImageNetwork {
    let features: Sequential
    let classifier: ClassifierHead

    /// Expansion, output channels, repetitions and first stride of each group of blocks: the paper's table 2.
    private static let groups = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]

    /// Creates a new network.
    public init(classes: Int = 1000, dropout: Double = 0.2) throws {
        var layers: [any Module] = [
            try makeConvNormActivation(3, 32, kernelSize: 3, stride: 2, activation: ReLU6())
        ]
        var inputs = 32
        for (expansion, outputs, count, stride) in Self.groups {
            for index in 0..<count {
                layers.append(
                    try InvertedResidual(inputs, outputs, stride: index == 0 ? stride : 1, expansion: expansion))
                inputs = outputs
            }
        }
        layers.append(try makeConvNormActivation(inputs, 1280, kernelSize: 1, activation: ReLU6()))
        features = Sequential(layers)
        classifier = ClassifierHead(inputs: 1280, Dropout(dropout), try Linear(1280, classes))
        try initialize()
    }

    private func initialize() throws {
        for (_, module) in namedModules {
            switch module {
            case let layer as Conv2d:
                try Initialization.kaimingNormal(layer.weight, fan: .out)
            case let layer as Linear:
                try Initialization.normal(layer.weight, standardDeviation: 0.01)
                if let bias = layer.bias { try Initialization.constant(bias, 0) }
            default: break
            }
        }
    }

    /// `[N, 3, H, W]` to `[N, 1280]`, the mean over positions.
    public func extractFeatures(_ input: Tensor) throws -> Tensor { try features(input).mean(dims: [2, 3]) }

    /// Dropout and the last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try classifier.classify(features) }

    /// The layers of each resolution (1/2, 1/4, 1/8, 1/16, 1/32 of the input), then the last layer.
    public var stages: [Stage] {
        [0..<2, 2..<4, 4..<7, 7..<14, 14..<19].map { layers in
            Stage("features.\(layers.lowerBound)-\(layers.upperBound - 1)", layers.map { features[$0] })
        } + classifier.stages()
    }

    /// 1,280.
    public var headInputs: Int { classifier.inputs }

    /// Replaces `classifier.1` with a new layer.
    public func replaceLastLayer(classes: Int) throws { try classifier.replaceLastLayer(classes: classes) }

    /// Replaces `classifier` with a module.
    public func putHead(_ module: any Module) { classifier.putHead(module) }

    static let architectures = [
        Architecture(
            "mobilenet_v2", summary: "MobileNetV2 with inverted residuals, 2018", parameterCount: 3_504_872,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "mobilenet_v2-b0353104.pth", top1: 71.878, top5: 90.286, gigaflops: 0.301),
                PretrainedWeights(
                    "IMAGENET1K_V2", "mobilenet_v2-7ebf99e0.pth", top1: 72.154, top5: 90.822, gigaflops: 0.301,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2",
            build: { try MobileNetV2(classes: $0.classes) })
    ]
}

/// Expands with a 1 x 1 convolution, filters each channel separately, and reduces without an activation.
private final class InvertedResidual: Module {
    let conv: Sequential
    private let passesInput: Bool

    init(_ inputs: Int, _ outputs: Int, stride: Int, expansion: Int) throws {
        let hidden = inputs * expansion
        var layers: [any Module] = []
        if expansion != 1 {
            layers.append(try makeConvNormActivation(inputs, hidden, kernelSize: 1, activation: ReLU6()))
        }
        layers += [
            try makeConvNormActivation(
                hidden, hidden, kernelSize: 3, stride: stride, groups: hidden, activation: ReLU6()),
            try Conv2d(hidden, outputs, kernelSize: 1, bias: false),
            try BatchNorm2d(outputs),
        ]
        conv = Sequential(layers)
        passesInput = stride == 1 && inputs == outputs
    }

    func forward(_ input: Tensor) throws -> Tensor {
        passesInput ? try input + conv(input) : try conv(input)
    }
}
