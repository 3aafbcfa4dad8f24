public import Torch
public import TorchNN

/// Densely connected networks, as in torchvision (`densenet.py`).
///
/// G. Huang et al.: Densely Connected Convolutional Networks, 2016, arXiv:1608.06993. These are the paper's
/// DenseNet-BC: a reducing 1 x 1 convolution in each layer, and half the channels after each block. There is no
/// dropout, as in torchvision.
public final class DenseNet: ImageNetwork {
    let features: Sequential
    var classifier: any Module
    /// The channels after the last block: 1,024, 1,664, 1,920 or 2,208.
    public let headInputs: Int

    /// Creates a new network from the channels after the stem, the channels that each layer adds, and the layers of the
    /// four blocks.
    init(stem: Int, growth: Int, blocks: [Int], classes: Int) throws {
        var layers: [(name: String, module: any Module)] = [
            ("conv0", try Conv2d(3, stem, kernelSize: 7, stride: 2, padding: 3, bias: false)),
            ("norm0", try BatchNorm2d(stem)), ("relu0", ReLU()), ("pool0", MaxPool2d(3, stride: 2, padding: 1)),
        ]
        var channels = stem
        for (number, count) in zip(1..., blocks) {
            layers.append(("denseblock\(number)", try DenseBlock(channels, growth: growth, layers: count)))
            channels += count * growth
            guard number < blocks.count else { break }
            layers.append(("transition\(number)", try makeTransition(channels, channels / 2)))
            channels /= 2
        }
        layers.append(("norm5", try BatchNorm2d(channels)))
        features = Sequential(named: layers)
        headInputs = channels
        classifier = try Linear(channels, classes)
        for (_, module) in namedModules {
            switch module {
            case let layer as Conv2d: try Initialization.kaimingNormal(layer.weight)
            case let layer as Linear: if let bias = layer.bias { try Initialization.constant(bias, 0) }
            default: break
            }
        }
    }

    /// `[N, 3, H, W]`, H and W at least 29, to `[N, headInputs]`, the mean over positions.
    public func extractFeatures(_ input: Tensor) throws -> Tensor {
        try AdaptiveAvgPool2d(1)(features(input).relu()).flatten(from: 1)
    }

    /// The last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try classifier(features) }

    /// The stem, the four blocks, each with the layers that follow it, the last layer.
    public var stages: [Stage] {
        var stages: [(name: String, modules: [any Module])] = [("features.stem", [])]
        for (name, module) in features.namedChildren {
            if module is DenseBlock { stages.append(("features.\(name)", [])) }
            stages[stages.count - 1].modules.append(module)
        }
        return stages.map { Stage($0.name, $0.modules) } + [Stage("classifier", classifier)]
    }

    /// Replaces `classifier` with a new layer.
    public func replaceLastLayer(classes: Int) throws { classifier = try Linear(headInputs, classes) }

    /// Replaces `classifier` with a module.
    public func putHead(_ module: any Module) { classifier = module }

    /// Renames entries of older files, including the published ones, such as `denselayer1.norm.1.weight`. PyTorch once
    /// allowed points in names.
    public func adapt(_ state: StateDict) -> StateDict {
        let old = /(.*denselayer\d+\.(?:norm|conv))\.([12]\.(?:weight|bias|running_mean|running_var))/
        return StateDict(
            state.map { name, tensor in
                (name.wholeMatch(of: old).map { "\($0.1)\($0.2)" } ?? name, tensor)
            })
    }

    static let architectures = [
        Architecture(
            "densenet121", summary: "DenseNet with 121 layers, 2016", parameterCount: 7_978_856,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "densenet121-a639ec97.pth", top1: 74.434, top5: 91.972, gigaflops: 2.834)
            ],
            build: { try DenseNet(stem: 64, growth: 32, blocks: [6, 12, 24, 16], classes: $0.classes) }),
        Architecture(
            "densenet161", summary: "DenseNet with 161 wide layers, 2016", parameterCount: 28_681_000,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "densenet161-8d451a50.pth", top1: 77.138, top5: 93.56, gigaflops: 7.728)
            ],
            build: { try DenseNet(stem: 96, growth: 48, blocks: [6, 12, 36, 24], classes: $0.classes) }),
        Architecture(
            "densenet169", summary: "DenseNet with 169 layers, 2016", parameterCount: 14_149_480,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "densenet169-b2777c0a.pth", top1: 75.6, top5: 92.806, gigaflops: 3.36)
            ],
            build: { try DenseNet(stem: 64, growth: 32, blocks: [6, 12, 32, 32], classes: $0.classes) }),
        Architecture(
            "densenet201", summary: "DenseNet with 201 layers, 2016", parameterCount: 20_013_928,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "densenet201-c1103571.pth", top1: 76.896, top5: 93.37, gigaflops: 4.291)
            ],
            build: { try DenseNet(stem: 64, growth: 32, blocks: [6, 12, 48, 32], classes: $0.classes) }),
    ]
}

/// Layers that each receive the outputs of all layers before them.
private final class DenseBlock: ModuleContainer, VersionedModule {
    /// torchvision's `_DenseBlock`.
    let stateVersion = 2
    let namedChildren: [(name: String, module: any Module)]

    init(_ inputs: Int, growth: Int, layers: Int) throws {
        namedChildren = try (0..<layers).map { index in
            ("denselayer\(index + 1)", try DenseLayer(inputs + index * growth, growth: growth))
        }
    }

    /// `[N, inputs, H, W]` to `[N, inputs + layers · growth, H, W]`.
    func forward(_ input: Tensor) throws -> Tensor {
        try namedChildren.reduce(input) { value, child in try Tensor.cat([value, child.module(value)], dim: 1) }
    }
}

/// A reducing 1 x 1 convolution, then a 3 x 3 one, each after normalization and activation.
private final class DenseLayer: Module {
    let norm1: BatchNorm2d
    let conv1: Conv2d
    let norm2: BatchNorm2d
    let conv2: Conv2d

    init(_ inputs: Int, growth: Int) throws {
        let inner = 4 * growth
        norm1 = try BatchNorm2d(inputs)
        conv1 = try Conv2d(inputs, inner, kernelSize: 1, bias: false)
        norm2 = try BatchNorm2d(inner)
        conv2 = try Conv2d(inner, growth, kernelSize: 3, padding: 1, bias: false)
    }

    func forward(_ input: Tensor) throws -> Tensor {
        try conv2(norm2(conv1(norm1(input).relu())).relu())
    }
}

/// The transition between blocks: fewer channels, then half the resolution. It pools after the convolution.
private func makeTransition(_ inputs: Int, _ outputs: Int) throws -> Sequential {
    Sequential(named: [
        ("norm", try BatchNorm2d(inputs)), ("relu", ReLU()),
        ("conv", try Conv2d(inputs, outputs, kernelSize: 1, bias: false)), ("pool", AvgPool2d(2)),
    ])
}
