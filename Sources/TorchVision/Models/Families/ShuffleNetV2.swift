public import Torch
public import TorchNN

extension Operator {
    fileprivate static let channelShuffle = Operator("aten::channel_shuffle")
}

/// ShuffleNetV2, as in torchvision (`shufflenetv2.py`).
///
/// N. Ma et al.: ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design, 2018, arXiv:1807.11164.
public final class ShuffleNetV2: ImageNetwork {
    let conv1: Sequential
    let maxpool = MaxPool2d(3, stride: 2, padding: 1)
    let stage2: Sequential
    let stage3: Sequential
    let stage4: Sequential
    let conv5: Sequential
    var fc: any Module
    /// 1,024; 2,048 in the widest network.
    public let headInputs: Int

    /// Creates a new network from the channels after each of the three stages, and after the last convolution.
    init(stages channels: [Int], lastChannels: Int, classes: Int) throws {
        conv1 = try makeConvNormActivation(3, 24, kernelSize: 3, stride: 2)
        var inputs = 24
        func stage(_ outputs: Int, count: Int) throws -> Sequential {
            defer { inputs = outputs }
            return Sequential(
                [try ShuffleUnit(inputs, outputs)] + (try (1..<count).map { _ in try ShuffleUnit(outputs) }))
        }
        stage2 = try stage(channels[0], count: 4)
        stage3 = try stage(channels[1], count: 8)
        stage4 = try stage(channels[2], count: 4)
        conv5 = try makeConvNormActivation(inputs, lastChannels, kernelSize: 1)
        headInputs = lastChannels
        fc = try Linear(lastChannels, classes)
    }

    /// `[N, 3, H, W]` to `[N, headInputs]`, the mean over positions.
    public func extractFeatures(_ input: Tensor) throws -> Tensor {
        try conv5(stage4(stage3(stage2(maxpool(conv1(input)))))).mean(dims: [2, 3])
    }

    /// The last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try fc(features) }

    /// The first convolution, the three stages, the last convolution, the last layer.
    public var stages: [Stage] {
        [
            Stage("conv1", conv1), Stage("stage2", stage2), Stage("stage3", stage3), Stage("stage4", stage4),
            Stage("conv5", conv5), Stage("fc", fc),
        ]
    }

    /// Replaces `fc` with a new layer.
    public func replaceLastLayer(classes: Int) throws { fc = try Linear(headInputs, classes) }

    /// Replaces `fc` with a module.
    public func putHead(_ module: any Module) { fc = module }

    static let architectures = [
        Architecture(
            "shufflenet_v2_x0_5", summary: "ShuffleNetV2, half as wide, 2018", parameterCount: 1_366_792,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "shufflenetv2_x0.5-f707e7126e.pth", top1: 60.552, top5: 81.746, gigaflops: 0.04)
            ],
            build: { try ShuffleNetV2(stages: [48, 96, 192], lastChannels: 1024, classes: $0.classes) }),
        Architecture(
            "shufflenet_v2_x1_0", summary: "ShuffleNetV2, 2018", parameterCount: 2_278_604,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "shufflenetv2_x1-5666bf0f80.pth", top1: 69.362, top5: 88.316, gigaflops: 0.145)
            ],
            build: { try ShuffleNetV2(stages: [116, 232, 464], lastChannels: 1024, classes: $0.classes) }),
        Architecture(
            "shufflenet_v2_x1_5", summary: "ShuffleNetV2, one and a half times as wide, 2018",
            parameterCount: 3_503_624,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "shufflenetv2_x1_5-3c479a10.pth", top1: 72.996, top5: 91.086, gigaflops: 0.296,
                    preprocessing: .imageNet(resizeShortSide: 232))
            ],
            build: { try ShuffleNetV2(stages: [176, 352, 704], lastChannels: 1024, classes: $0.classes) }),
        Architecture(
            "shufflenet_v2_x2_0", summary: "ShuffleNetV2, twice as wide, 2018", parameterCount: 7_393_996,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "shufflenetv2_x2_0-8be3c8ee.pth", top1: 76.23, top5: 93.006, gigaflops: 0.583,
                    preprocessing: .imageNet(resizeShortSide: 232))
            ],
            build: { try ShuffleNetV2(stages: [244, 488, 976], lastChannels: 2048, classes: $0.classes) }),
    ]
}

/// Two branches whose channels are shuffled at the end. One branch passes half of the channels unchanged; if the
/// resolution is halved, both branches use all channels.
private final class ShuffleUnit: Module {
    /// Empty if the channels pass unchanged.
    let branch1: Sequential
    let branch2: Sequential
    private let halvesImage: Bool

    /// Creates a unit that halves height and width.
    init(_ inputs: Int, _ outputs: Int) throws {
        let half = outputs / 2
        branch1 = Sequential(
            try Conv2d(inputs, inputs, kernelSize: 3, stride: 2, padding: 1, groups: inputs, bias: false),
            try BatchNorm2d(inputs), try Conv2d(inputs, half, kernelSize: 1, bias: false), try BatchNorm2d(half),
            ReLU())
        branch2 = try Self.makeMainBranch(inputs, half, stride: 2)
        halvesImage = true
    }

    /// Creates a unit that keeps the shape.
    init(_ channels: Int) throws {
        branch1 = Sequential()
        branch2 = try Self.makeMainBranch(channels / 2, channels / 2, stride: 1)
        halvesImage = false
    }

    /// A depthwise convolution between two 1 x 1 ones.
    private static func makeMainBranch(_ inputs: Int, _ half: Int, stride: Size2D) throws -> Sequential {
        Sequential(
            try Conv2d(inputs, half, kernelSize: 1, bias: false), try BatchNorm2d(half), ReLU(),
            try Conv2d(half, half, kernelSize: 3, stride: stride, padding: 1, groups: half, bias: false),
            try BatchNorm2d(half), try Conv2d(half, half, kernelSize: 1, bias: false), try BatchNorm2d(half), ReLU())
    }

    func forward(_ input: Tensor) throws -> Tensor {
        let halves = halvesImage ? [input, input] : try input.chunk(2, dim: 1)
        return try Operator.channelShuffle(Tensor.cat([branch1(halves[0]), branch2(halves[1])], dim: 1), 2)
    }
}
