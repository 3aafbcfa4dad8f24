public import Torch
public import TorchNN

/// Residual networks, as in torchvision (`resnet.py`).
///
/// K. He et al.: Deep Residual Learning for Image Recognition, 2015, arXiv:1512.03385. In the bottleneck block, the
/// stride is in the 3 x 3 convolution; in the paper it is in the first 1 x 1 convolution ("ResNet v1.5").
///
/// With groups they are ResNeXt (S. Xie et al.: Aggregated Residual Transformations for Deep Neural Networks, 2016,
/// arXiv:1611.05431). With wider bottlenecks they are Wide ResNet (S. Zagoruyko, N. Komodakis: Wide Residual Networks,
/// 2016, arXiv:1605.07146), where only the 3 x 3 convolution is wider, as in torchvision.
public final class ResNet: ImageNetwork {
    let conv1: Conv2d
    let bn1: BatchNorm2d
    let maxpool = MaxPool2d(3, stride: 2, padding: 1)
    let layer1: Sequential
    let layer2: Sequential
    let layer3: Sequential
    let layer4: Sequential
    let avgpool = AdaptiveAvgPool2d(1)
    var fc: any Module
    /// 512; 2,048 with bottlenecks.
    public let headInputs: Int

    /// The kind and number of the blocks in the four layers.
    public struct Variant: Sendable {
        let block: any ResidualBlock.Type
        let counts: [Int]
        /// The number of groups of a bottleneck's 3 x 3 convolution.
        var groups = 1
        /// The channels of each group in the first layer.
        var groupWidth = 64

        /// 18 layers.
        public static let resnet18 = Variant(block: BasicBlock.self, counts: [2, 2, 2, 2])
        /// 34 layers.
        public static let resnet34 = Variant(block: BasicBlock.self, counts: [3, 4, 6, 3])
        /// 50 layers, with bottlenecks like all that follow.
        public static let resnet50 = Variant(block: Bottleneck.self, counts: [3, 4, 6, 3])
        /// 101 layers.
        public static let resnet101 = Variant(block: Bottleneck.self, counts: [3, 4, 23, 3])
        /// 152 layers.
        public static let resnet152 = Variant(block: Bottleneck.self, counts: [3, 8, 36, 3])

        /// ResNeXt with 50 layers and 32 groups of 4 channels.
        public static let resnext50_32x4d = resnet50.grouped(32, width: 4)
        /// ResNeXt with 101 layers and 32 groups of 8 channels.
        public static let resnext101_32x8d = resnet101.grouped(32, width: 8)
        /// ResNeXt with 101 layers and 64 groups of 4 channels.
        public static let resnext101_64x4d = resnet101.grouped(64, width: 4)
        /// Wide ResNet with 50 layers.
        public static let wideResNet50 = resnet50.grouped(1, width: 128)
        /// Wide ResNet with 101 layers.
        public static let wideResNet101 = resnet101.grouped(1, width: 128)

        private func grouped(_ groups: Int, width: Int) -> Variant {
            Variant(block: block, counts: counts, groups: groups, groupWidth: width)
        }
    }

    /// Creates a new network.
    ///
    /// - Parameters:
    ///   - variant: The depth and width.
    ///   - classes: The number of classes.
    ///   - zeroInitializesResiduals: Whether the last normalization of each block starts with a scale of 0, so that a
    ///     new block returns its input (P. Goyal et al.: Accurate, Large Minibatch SGD, 2017, arXiv:1706.02677).
    public init(_ variant: Variant, classes: Int = 1000, zeroInitializesResiduals: Bool = false) throws {
        let block = variant.block
        var channels = 64
        func layer(_ planes: Int, count: Int, stride: Int) throws -> Sequential {
            let width = planes * variant.groupWidth / 64 * variant.groups
            return Sequential(
                try (0..<count).map { index in
                    defer { channels = planes * block.expansion }
                    return try block.init(
                        channels, planes, stride: index == 0 ? stride : 1, width: width, groups: variant.groups)
                })
        }
        conv1 = try Conv2d(3, 64, kernelSize: 7, stride: 2, padding: 3, bias: false)
        bn1 = try BatchNorm2d(64)
        layer1 = try layer(64, count: variant.counts[0], stride: 1)
        layer2 = try layer(128, count: variant.counts[1], stride: 2)
        layer3 = try layer(256, count: variant.counts[2], stride: 2)
        layer4 = try layer(512, count: variant.counts[3], stride: 2)
        headInputs = 512 * block.expansion
        fc = try Linear(headInputs, classes)
        for (_, module) in namedModules {
            switch module {
            case let convolution as Conv2d:
                try Initialization.kaimingNormal(convolution.weight, fan: .out)
            case let block as any ResidualBlock where zeroInitializesResiduals:
                try Initialization.constant(block.lastNorm.weight, 0)
            default: break
            }
        }
    }

    /// The stem, the four layers, and the mean over positions: `[N, 3, H, W]` to `[N, 512]` or `[N, 2048]`.
    public func extractFeatures(_ input: Tensor) throws -> Tensor {
        let x = try maxpool(bn1(conv1(input)).relu())
        return try avgpool(layer4(layer3(layer2(layer1(x))))).flatten(from: 1)
    }

    /// The last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try fc(features) }

    /// The stem, the four layers of blocks, the last layer.
    public var stages: [Stage] {
        [
            Stage("stem", conv1, bn1), Stage("layer1", layer1), Stage("layer2", layer2), Stage("layer3", layer3),
            Stage("layer4", layer4), Stage("fc", fc),
        ]
    }

    /// Replaces `fc` with a new layer.
    public func replaceLastLayer(classes: Int) throws { fc = try Linear(headInputs, classes) }

    /// Replaces `fc` with a module.
    public func putHead(_ module: any Module) { fc = module }

    static let architectures = [
        Architecture(
            "resnet18", summary: "ResNet with 18 layers, 2015", parameterCount: 11_689_512,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "resnet18-f37072fd.pth", top1: 69.758, top5: 89.078, gigaflops: 1.814)
            ],
            build: { try ResNet(.resnet18, classes: $0.classes) }),
        Architecture(
            "resnet34", summary: "ResNet with 34 layers, 2015", parameterCount: 21_797_672,
            weights: [
                PretrainedWeights("IMAGENET1K_V1", "resnet34-b627a593.pth", top1: 73.314, top5: 91.42, gigaflops: 3.664)
            ],
            build: { try ResNet(.resnet34, classes: $0.classes) }),
        Architecture(
            "resnet50", summary: "ResNet with 50 layers in bottlenecks, 2015", parameterCount: 25_557_032,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "resnet50-0676ba61.pth", top1: 76.13, top5: 92.862, gigaflops: 4.089),
                PretrainedWeights(
                    "IMAGENET1K_V2", "resnet50-11ad3fa6.pth", top1: 80.858, top5: 95.434, gigaflops: 4.089,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2",
            build: { try ResNet(.resnet50, classes: $0.classes) }),
        Architecture(
            "resnet101", summary: "ResNet with 101 layers in bottlenecks, 2015", parameterCount: 44_549_160,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "resnet101-63fe2227.pth", top1: 77.374, top5: 93.546, gigaflops: 7.801),
                PretrainedWeights(
                    "IMAGENET1K_V2", "resnet101-cd907fc2.pth", top1: 81.886, top5: 95.78, gigaflops: 7.801,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2",
            build: { try ResNet(.resnet101, classes: $0.classes) }),
        Architecture(
            "resnet152", summary: "ResNet with 152 layers in bottlenecks, 2015", parameterCount: 60_192_808,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "resnet152-394f9c45.pth", top1: 78.312, top5: 94.046, gigaflops: 11.514),
                PretrainedWeights(
                    "IMAGENET1K_V2", "resnet152-f82ba261.pth", top1: 82.284, top5: 96.002, gigaflops: 11.514,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2",
            build: { try ResNet(.resnet152, classes: $0.classes) }),
        Architecture(
            "resnext50_32x4d", summary: "ResNeXt with 50 layers in 32 groups, 2016", parameterCount: 25_028_904,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "resnext50_32x4d-7cdf4587.pth", top1: 77.618, top5: 93.698, gigaflops: 4.23),
                PretrainedWeights(
                    "IMAGENET1K_V2", "resnext50_32x4d-1a0047aa.pth", top1: 81.198, top5: 95.34, gigaflops: 4.23,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2",
            build: { try ResNet(.resnext50_32x4d, classes: $0.classes) }),
        Architecture(
            "resnext101_32x8d", summary: "ResNeXt with 101 layers in 32 groups, 2016", parameterCount: 88_791_336,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "resnext101_32x8d-8ba56ff5.pth", top1: 79.312, top5: 94.526, gigaflops: 16.414),
                PretrainedWeights(
                    "IMAGENET1K_V2", "resnext101_32x8d-110c445d.pth", top1: 82.834, top5: 96.228, gigaflops: 16.414,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2",
            build: { try ResNet(.resnext101_32x8d, classes: $0.classes) }),
        Architecture(
            "resnext101_64x4d", summary: "ResNeXt with 101 layers in 64 groups, 2016", parameterCount: 83_455_272,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "resnext101_64x4d-173b62eb.pth", top1: 83.246, top5: 96.454, gigaflops: 15.46,
                    preprocessing: .imageNet(resizeShortSide: 232))
            ],
            build: { try ResNet(.resnext101_64x4d, classes: $0.classes) }),
        Architecture(
            "wide_resnet50_2", summary: "ResNet with 50 layers, twice as wide, 2016", parameterCount: 68_883_240,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "wide_resnet50_2-95faca4d.pth", top1: 78.468, top5: 94.086, gigaflops: 11.398),
                PretrainedWeights(
                    "IMAGENET1K_V2", "wide_resnet50_2-9ba9bcbe.pth", top1: 81.602, top5: 95.758, gigaflops: 11.398,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2",
            build: { try ResNet(.wideResNet50, classes: $0.classes) }),
        Architecture(
            "wide_resnet101_2", summary: "ResNet with 101 layers, twice as wide, 2016", parameterCount: 126_886_696,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "wide_resnet101_2-32ee1156.pth", top1: 78.848, top5: 94.284, gigaflops: 22.753),
                PretrainedWeights(
                    "IMAGENET1K_V2", "wide_resnet101_2-d733dc28.pth", top1: 82.51, top5: 96.02, gigaflops: 22.753,
                    preprocessing: .imageNet(resizeShortSide: 232)),
            ],
            defaultWeights: "IMAGENET1K_V2",
            build: { try ResNet(.wideResNet101, classes: $0.classes) }),
    ]
}

/// A block with a residual connection.
protocol ResidualBlock: Module, SendableMetatype {
    /// The factor between the output channels and the block's inner channels.
    static var expansion: Int { get }
    /// The scale of the block's residual branch.
    var lastNorm: BatchNorm2d { get }
    /// Creates a block; `width` and `groups` are those of a bottleneck's 3 x 3 convolution.
    init(_ inputs: Int, _ planes: Int, stride: Int, width: Int, groups: Int) throws
}

/// Two 3 x 3 convolutions.
private final class BasicBlock: ResidualBlock {
    static let expansion = 1

    let conv1: Conv2d
    let bn1: BatchNorm2d
    let conv2: Conv2d
    let bn2: BatchNorm2d
    let downsample: Sequential?

    init(_ inputs: Int, _ planes: Int, stride: Int, width: Int, groups: Int) throws {
        // PyTorch creates the shortcut first, so its weights are drawn first.
        downsample = try makeDownsample(inputs, planes * Self.expansion, stride: stride)
        conv1 = try Conv2d(inputs, planes, kernelSize: 3, stride: Size2D(stride), padding: 1, bias: false)
        bn1 = try BatchNorm2d(planes)
        conv2 = try Conv2d(planes, planes, kernelSize: 3, padding: 1, bias: false)
        bn2 = try BatchNorm2d(planes)
    }

    var lastNorm: BatchNorm2d { bn2 }

    func forward(_ input: Tensor) throws -> Tensor {
        let x = try bn2(conv2(bn1(conv1(input)).relu()))
        return try (x + (downsample?(input) ?? input)).relu()
    }
}

/// A 3 x 3 convolution between two 1 x 1 ones, which reduce and expand the channels.
private final class Bottleneck: ResidualBlock {
    static let expansion = 4

    let conv1: Conv2d
    let bn1: BatchNorm2d
    let conv2: Conv2d
    let bn2: BatchNorm2d
    let conv3: Conv2d
    let bn3: BatchNorm2d
    let downsample: Sequential?

    init(_ inputs: Int, _ planes: Int, stride: Int, width: Int, groups: Int) throws {
        // PyTorch creates the shortcut first, so its weights are drawn first.
        downsample = try makeDownsample(inputs, planes * Self.expansion, stride: stride)
        conv1 = try Conv2d(inputs, width, kernelSize: 1, bias: false)
        bn1 = try BatchNorm2d(width)
        conv2 = try Conv2d(
            width, width, kernelSize: 3, stride: Size2D(stride), padding: 1, groups: groups, bias: false)
        bn2 = try BatchNorm2d(width)
        conv3 = try Conv2d(width, planes * Self.expansion, kernelSize: 1, bias: false)
        bn3 = try BatchNorm2d(planes * Self.expansion)
    }

    var lastNorm: BatchNorm2d { bn3 }

    func forward(_ input: Tensor) throws -> Tensor {
        let x = try bn3(conv3(bn2(conv2(bn1(conv1(input)).relu())).relu()))
        return try (x + (downsample?(input) ?? input)).relu()
    }
}

/// The shortcut of a block that changes the size or the number of channels; nil if the input is added unchanged.
private func makeDownsample(_ inputs: Int, _ outputs: Int, stride: Int) throws -> Sequential? {
    guard stride != 1 || inputs != outputs else { return nil }
    return Sequential(
        try Conv2d(inputs, outputs, kernelSize: 1, stride: Size2D(stride), bias: false), try BatchNorm2d(outputs))
}
