public import Torch
public import TorchNN

/// MobileNetV3, as in torchvision (`mobilenetv3.py`).
///
/// A. Howard et al.: Searching for MobileNetV3, 2019, arXiv:1905.02244. torchvision omits the squeeze-and-excitation
/// after the small network's last convolution in the paper's table 2.
public final class MobileNetV3: ImageNetwork {
    let features: Sequential
    let avgpool = AdaptiveAvgPool2d(1)
    let classifier: ClassifierHead
    /// The positions in `features` that halve the resolution, each of which starts a stage.
    private let stageStarts: [Int]

    /// The paper's two networks.
    public enum Size: Sendable {
        /// Table 1.
        case large
        /// Table 2.
        case small
    }

    /// Creates a new network.
    public init(_ size: Size, classes: Int = 1000, dropout: Double = 0.2) throws {
        let rows = size == .large ? Self.large : Self.small
        var channels = 16
        var layers: [any Module] = [try makeConvNorm(3, channels, kernelSize: 3, stride: 2, activation: Hardswish())]
        var starts = [0]
        for row in rows {
            if row.stride == 2 { starts.append(layers.count) }
            layers.append(try InvertedResidual(channels, row))
            channels = row.outputs
        }
        let (last, hidden) = (6 * channels, size == .large ? 1280 : 1024)
        layers.append(try makeConvNorm(channels, last, kernelSize: 1, activation: Hardswish()))
        stageStarts = starts
        features = Sequential(layers)
        classifier = ClassifierHead(
            inputs: last, try Linear(last, hidden), Hardswish(), Dropout(dropout), try Linear(hidden, classes))
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

    /// `[N, 3, H, W]` to the output of the hidden layer, computed from the mean over positions, `[N, 1280]` (small:
    /// 1024); with a custom head to that mean, `[N, 960]` (small: 576).
    public func extractFeatures(_ input: Tensor) throws -> Tensor {
        try classifier.extractFeatures(avgpool(features(input)).flatten(from: 1))
    }

    /// Dropout and the last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try classifier.classify(features) }

    /// The layers of each resolution (1/2, 1/4, 1/8, 1/16, 1/32 of the input), the hidden layer, the last layer.
    public var stages: [Stage] {
        zip(stageStarts, stageStarts.dropFirst() + [features.count]).map { start, end in
            Stage("features.\(start)-\(end - 1)", (start..<end).map { features[$0] })
        } + classifier.stages()
    }

    /// 960; 576 in the small network.
    public var headInputs: Int { classifier.inputs }

    /// Replaces `classifier.3` with a new layer.
    public func replaceLastLayer(classes: Int) throws { try classifier.replaceLastLayer(classes: classes) }

    /// Replaces `classifier` with a module.
    public func putHead(_ module: any Module) { classifier.putHead(module) }

    private static let large = [
        Row(3, 16, 16), Row(3, 64, 24, stride: 2), Row(3, 72, 24),
        Row(5, 72, 40, squeezes: true, stride: 2), Row(5, 120, 40, squeezes: true), Row(5, 120, 40, squeezes: true),
        Row(3, 240, 80, .hardswish, stride: 2), Row(3, 200, 80, .hardswish), Row(3, 184, 80, .hardswish),
        Row(3, 184, 80, .hardswish), Row(3, 480, 112, squeezes: true, .hardswish),
        Row(3, 672, 112, squeezes: true, .hardswish),
        Row(5, 672, 160, squeezes: true, .hardswish, stride: 2), Row(5, 960, 160, squeezes: true, .hardswish),
        Row(5, 960, 160, squeezes: true, .hardswish),
    ]

    private static let small = [
        Row(3, 16, 16, squeezes: true, stride: 2), Row(3, 72, 24, stride: 2), Row(3, 88, 24),
        Row(5, 96, 40, squeezes: true, .hardswish, stride: 2), Row(5, 240, 40, squeezes: true, .hardswish),
        Row(5, 240, 40, squeezes: true, .hardswish), Row(5, 120, 48, squeezes: true, .hardswish),
        Row(5, 144, 48, squeezes: true, .hardswish),
        Row(5, 288, 96, squeezes: true, .hardswish, stride: 2), Row(5, 576, 96, squeezes: true, .hardswish),
        Row(5, 576, 96, squeezes: true, .hardswish),
    ]

    static let architectures = [
        Architecture(
            "mobilenet_v3_large", summary: "MobileNetV3, large, 2019", parameterCount: 5_483_032,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "mobilenet_v3_large-8738ca79.pth", top1: 74.042, top5: 91.34, gigaflops: 0.217),
                PretrainedWeights(
                    "IMAGENET1K_V2", "mobilenet_v3_large-5c1a4163.pth", top1: 75.274, top5: 92.566, gigaflops: 0.217,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2",
            build: { try MobileNetV3(.large, classes: $0.classes) }),
        Architecture(
            "mobilenet_v3_small", summary: "MobileNetV3, small, 2019", parameterCount: 2_542_856,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "mobilenet_v3_small-047dcff4.pth", top1: 67.668, top5: 87.402, gigaflops: 0.057)
            ],
            build: { try MobileNetV3(.small, classes: $0.classes) }),
    ]
}

/// A line of the paper's tables: a block's kernel, inner and output channels, whether it has squeeze-and-excitation,
/// its activation and its stride.
private struct Row: Sendable {
    enum Activation: Sendable {
        case relu
        case hardswish
    }

    let kernelSize: Int
    let hidden: Int
    let outputs: Int
    let squeezes: Bool
    let activation: Activation
    let stride: Int

    init(
        _ kernelSize: Int, _ hidden: Int, _ outputs: Int, squeezes: Bool = false, _ activation: Activation = .relu,
        stride: Int = 1
    ) {
        (self.kernelSize, self.hidden, self.outputs) = (kernelSize, hidden, outputs)
        (self.squeezes, self.activation, self.stride) = (squeezes, activation, stride)
    }

    func makeActivation() -> any Module {
        switch activation {
        case .relu: ReLU()
        case .hardswish: Hardswish()
        }
    }
}

/// Expands with a 1 x 1 convolution, filters each channel separately, optionally scales the channels, and reduces
/// without an activation.
private final class InvertedResidual: Module {
    let block: Sequential
    private let passesInput: Bool

    init(_ inputs: Int, _ row: Row) throws {
        let hidden = row.hidden
        var layers: [any Module] = []
        if hidden != inputs {
            layers.append(try makeConvNorm(inputs, hidden, kernelSize: 1, activation: row.makeActivation()))
        }
        layers.append(
            try makeConvNorm(
                hidden, hidden, kernelSize: row.kernelSize, stride: row.stride, groups: hidden,
                activation: row.makeActivation()))
        if row.squeezes {
            layers.append(
                try SqueezeExcitation(
                    hidden, squeezed: makeDivisible(Double(hidden / 4), by: 8), scale: Hardsigmoid()))
        }
        layers.append(try makeConvNorm(hidden, row.outputs, kernelSize: 1, activation: nil))
        block = Sequential(layers)
        passesInput = row.stride == 1 && inputs == row.outputs
    }

    func forward(_ input: Tensor) throws -> Tensor {
        passesInput ? try block(input) + input : try block(input)
    }
}

/// The batch normalization constants are the authors', not PyTorch's.
private func makeConvNorm(
    _ inputs: Int, _ outputs: Int, kernelSize: Int, stride: Int = 1, groups: Int = 1, activation: (any Module)?
) throws -> Sequential {
    try makeConvNormActivation(
        inputs, outputs, kernelSize: kernelSize, stride: stride, groups: groups, epsilon: 1e-3, momentum: 0.01,
        activation: activation)
}
