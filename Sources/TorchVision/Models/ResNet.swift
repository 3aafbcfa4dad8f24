public import Torch
internal import TorchNN

/// Residual networks, as torchvision has them (`resnet.py`).
///
/// K. He et al.: Deep Residual Learning for Image Recognition, 2015, arXiv:1512.03385. In the bottleneck block
/// torchvision strides in the 3 x 3 convolution where the paper does in the first 1 x 1 ("ResNet v1.5").
public final class ResNet: ImageNetwork {
    let conv1: Conv2d
    let bn1: BatchNorm2d
    let maxpool = MaxPool2d(3, stride: 2, padding: 1)
    let layer1: Sequential
    let layer2: Sequential
    let layer3: Sequential
    let layer4: Sequential
    let avgpool = AdaptiveAvgPool2d(1)
    var fc: Linear

    /// Makes a fresh network with so many blocks in each of the four layers.
    init(_ block: any ResidualBlock.Type, blocks: [Int], classes: Int) throws {
        var channels = 64
        func layer(_ planes: Int, count: Int, stride: Int) throws -> Sequential {
            Sequential(
                try (0..<count).map { index in
                    defer { channels = planes * block.expansion }
                    return try block.init(channels, planes, stride: index == 0 ? stride : 1)
                })
        }
        conv1 = try Conv2d(3, 64, kernelSize: 7, stride: 2, padding: 3, bias: false)
        bn1 = try BatchNorm2d(64)
        layer1 = try layer(64, count: blocks[0], stride: 1)
        layer2 = try layer(128, count: blocks[1], stride: 2)
        layer3 = try layer(256, count: blocks[2], stride: 2)
        layer4 = try layer(512, count: blocks[3], stride: 2)
        fc = try Linear(512 * block.expansion, classes)
        for case let convolution as Conv2d in namedModules.map(\.module) {
            try Initialization.kaimingNormal(convolution.weight, fan: .out)
        }
    }

    /// The stem, the four layers, and the mean over places: `[N, 3, H, W]` to `[N, 512]` or `[N, 2048]`.
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

    /// 512, or 2,048 with bottlenecks.
    public var headInputs: Int { fc.inputs }

    /// Puts a new `fc` in place.
    public func replaceHead(classes: Int) throws { fc = try Linear(headInputs, classes) }

    static let architectures = [
        Architecture(
            "resnet18", summary: "ResNet with 18 layers, 2015", parameterCount: 11_689_512,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "resnet18-f37072fd.pth", top1: 69.758, top5: 89.078, gigaflops: 1.814)
            ],
            build: { try ResNet(BasicBlock.self, blocks: [2, 2, 2, 2], classes: $0) }),
        Architecture(
            "resnet34", summary: "ResNet with 34 layers, 2015", parameterCount: 21_797_672,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "resnet34-b627a593.pth", top1: 73.314, top5: 91.42, gigaflops: 3.664)
            ],
            build: { try ResNet(BasicBlock.self, blocks: [3, 4, 6, 3], classes: $0) }),
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
            build: { try ResNet(Bottleneck.self, blocks: [3, 4, 6, 3], classes: $0) }),
    ]
}

/// A block with a way around it.
protocol ResidualBlock: Module {
    /// How many times wider the output is than the block's inner planes.
    static var expansion: Int { get }
    init(_ inputs: Int, _ planes: Int, stride: Int) throws
}

/// Two 3 x 3 convolutions.
private final class BasicBlock: ResidualBlock {
    static let expansion = 1

    let conv1: Conv2d
    let bn1: BatchNorm2d
    let conv2: Conv2d
    let bn2: BatchNorm2d
    let downsample: Sequential?

    init(_ inputs: Int, _ planes: Int, stride: Int) throws {
        // PyTorch makes the way around first, and so draws its weights first.
        downsample = try makeDownsample(inputs, planes * Self.expansion, stride: stride)
        conv1 = try Conv2d(inputs, planes, kernelSize: 3, stride: Size2D(stride), padding: 1, bias: false)
        bn1 = try BatchNorm2d(planes)
        conv2 = try Conv2d(planes, planes, kernelSize: 3, padding: 1, bias: false)
        bn2 = try BatchNorm2d(planes)
    }

    func forward(_ input: Tensor) throws -> Tensor {
        let x = try bn2(conv2(bn1(conv1(input)).relu()))
        return try (x + (downsample?(input) ?? input)).relu()
    }
}

/// A 3 x 3 convolution between two of 1 x 1, which narrow and widen.
private final class Bottleneck: ResidualBlock {
    static let expansion = 4

    let conv1: Conv2d
    let bn1: BatchNorm2d
    let conv2: Conv2d
    let bn2: BatchNorm2d
    let conv3: Conv2d
    let bn3: BatchNorm2d
    let downsample: Sequential?

    init(_ inputs: Int, _ planes: Int, stride: Int) throws {
        // PyTorch makes the way around first, and so draws its weights first.
        downsample = try makeDownsample(inputs, planes * Self.expansion, stride: stride)
        conv1 = try Conv2d(inputs, planes, kernelSize: 1, bias: false)
        bn1 = try BatchNorm2d(planes)
        conv2 = try Conv2d(planes, planes, kernelSize: 3, stride: Size2D(stride), padding: 1, bias: false)
        bn2 = try BatchNorm2d(planes)
        conv3 = try Conv2d(planes, planes * Self.expansion, kernelSize: 1, bias: false)
        bn3 = try BatchNorm2d(planes * Self.expansion)
    }

    func forward(_ input: Tensor) throws -> Tensor {
        let x = try bn3(conv3(bn2(conv2(bn1(conv1(input)).relu())).relu()))
        return try (x + (downsample?(input) ?? input)).relu()
    }
}

/// The way around a block that changes the size or the number of channels; nil where the input passes as it is.
private func makeDownsample(_ inputs: Int, _ outputs: Int, stride: Int) throws -> Sequential? {
    guard stride != 1 || inputs != outputs else { return nil }
    return Sequential(
        try Conv2d(inputs, outputs, kernelSize: 1, stride: Size2D(stride), bias: false), try BatchNorm2d(outputs))
}
