internal import Images
public import Torch
public import TorchNN

/// EfficientNet and EfficientNetV2, as in torchvision (`efficientnet.py`).
///
/// M. Tan, Q. V. Le: EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, 2019, arXiv:1905.11946,
/// and EfficientNetV2: Smaller Models and Faster Training, 2021, arXiv:2104.00298. torchvision pads both sides equally;
/// the authors' code pads one side more. B0 to B4 use PyTorch's batch normalization constants instead of the authors'.
public final class EfficientNet: ImageNetwork {
    let features: Sequential
    let avgpool = AdaptiveAvgPool2d(1)
    let classifier: ClassifierHead

    /// The probability of skipping the last block; it increases with depth from 0.
    private static let stochasticDepth = 0.2

    /// Creates a new network.
    ///
    /// - Parameter lastChannels: The outputs of the last convolution; by default four times its inputs.
    fileprivate init(
        _ runs: [BlockRun], lastChannels: Int? = nil, dropout: Double, norm: NormConstants, classes: Int
    ) throws {
        var channels = runs.first?.inputs ?? 3
        var layers: [any Module] = [try norm.makeConvolution(3, channels, kernelSize: 3, stride: 2)]
        let total = runs.reduce(0) { $0 + $1.count }
        var number = 0
        for run in runs {
            var blocks: [any Module] = []
            for index in 0..<run.count {
                blocks.append(
                    try run.block.init(
                        channels, run.outputs, expansion: run.expansion, kernelSize: run.kernelSize,
                        stride: index == 0 ? run.stride : 1,
                        dropping: Self.stochasticDepth * Double(number) / Double(total), norm: norm))
                channels = run.outputs
                number += 1
            }
            layers.append(Sequential(blocks))
        }
        let outputs = lastChannels ?? 4 * channels
        layers.append(try norm.makeConvolution(channels, outputs, kernelSize: 1))
        features = Sequential(layers)
        classifier = ClassifierHead(inputs: outputs, Dropout(dropout), try Linear(outputs, classes))
        try initialize()
    }

    private func initialize() throws {
        for (_, module) in namedModules {
            switch module {
            case let layer as Conv2d:
                try Initialization.kaimingNormal(layer.weight, fan: .out)
                if let bias = layer.bias { try Initialization.constant(bias, 0) }
            case let layer as Linear:
                let bound = 1 / Double(layer.outputs).squareRoot()
                try withoutGradient { try layer.weight.fillUniform(from: -bound, to: bound) }
                if let bias = layer.bias { try Initialization.constant(bias, 0) }
            default: break
            }
        }
    }

    /// `[N, 3, H, W]` to `[N, headInputs]`, the mean over positions.
    public func extractFeatures(_ input: Tensor) throws -> Tensor { try avgpool(features(input)).flatten(from: 1) }

    /// Dropout and the last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try classifier.classify(features) }

    /// The stem, each group of blocks, the last convolution, the last layer.
    public var stages: [Stage] {
        features.namedChildren.map { Stage("features.\($0.name)", $0.module) } + classifier.stages()
    }

    /// 1,280; up to 2,560 in B2 to B7.
    public var headInputs: Int { classifier.inputs }

    /// Replaces `classifier.1` with a new layer.
    public func replaceLastLayer(classes: Int) throws { try classifier.replaceLastLayer(classes: classes) }

    /// Replaces `classifier` with a module.
    public func putHead(_ module: any Module) { classifier.putHead(module) }
}

// MARK: Blocks

/// The batch normalization constants, the same in all layers of a network.
private struct NormConstants: Sendable {
    var epsilon = 1e-5
    var momentum = 0.1

    /// A convolution, its normalization, and by default SiLU.
    func makeConvolution(
        _ inputs: Int, _ outputs: Int, kernelSize: Int, stride: Int = 1, groups: Int = 1,
        activation: (any Module)? = SiLU()
    ) throws -> Sequential {
        try makeConvNormActivation(
            inputs, outputs, kernelSize: kernelSize, stride: stride, groups: groups, epsilon: epsilon,
            momentum: momentum, activation: activation)
    }
}

/// Blocks of one kind in sequence; the first has other channels and strides.
private struct BlockRun: Sendable {
    enum Kind: Sendable {
        case plain, fused
    }

    let kind: Kind
    let expansion: Int
    let kernelSize: Int
    let stride: Int
    let inputs: Int
    let outputs: Int
    let count: Int

    init(
        _ kind: Kind, _ expansion: Int, _ kernelSize: Int, _ stride: Int, _ inputs: Int, _ outputs: Int, _ count: Int
    ) {
        (self.kind, self.expansion, self.kernelSize, self.stride) = (kind, expansion, kernelSize, stride)
        (self.inputs, self.outputs, self.count) = (inputs, outputs, count)
    }

    var block: any EfficientBlock.Type {
        switch kind {
        case .plain: MBConv.self
        case .fused: FusedMBConv.self
        }
    }

    /// The group of a wider and deeper network: channels in multiples of 8, blocks rounded up.
    package func scaled(width: Double, depth: Double) -> BlockRun {
        BlockRun(
            kind, expansion, kernelSize, stride, makeDivisible(Double(inputs) * width, by: 8),
            makeDivisible(Double(outputs) * width, by: 8), Int((Double(count) * depth).rounded(.up)))
    }
}

/// A block with a residual connection if input and output have the same shape.
private protocol EfficientBlock: Module {
    /// Creates a block that is skipped with the probability `dropping` in training.
    init(
        _ inputs: Int, _ outputs: Int, expansion: Int, kernelSize: Int, stride: Int, dropping: Double,
        norm: NormConstants) throws
}

/// Expands with a 1 x 1 convolution, filters each channel separately, scales the channels, and reduces them.
private final class MBConv: EfficientBlock {
    let block: Sequential
    @Submodule("stochastic_depth") var stochasticDepth: StochasticDepth
    private let passesInput: Bool

    init(
        _ inputs: Int, _ outputs: Int, expansion: Int, kernelSize: Int, stride: Int, dropping: Double,
        norm: NormConstants
    ) throws {
        let hidden = makeDivisible(Double(inputs * expansion), by: 8)
        var layers: [any Module] = []
        if hidden != inputs { layers.append(try norm.makeConvolution(inputs, hidden, kernelSize: 1)) }
        layers += [
            try norm.makeConvolution(hidden, hidden, kernelSize: kernelSize, stride: stride, groups: hidden),
            try SqueezeExcitation(hidden, squeezed: max(1, inputs / 4), activation: SiLU()),
            try norm.makeConvolution(hidden, outputs, kernelSize: 1, activation: nil),
        ]
        block = Sequential(layers)
        passesInput = stride == 1 && inputs == outputs
        stochasticDepth = StochasticDepth(dropping)
    }

    func forward(_ input: Tensor) throws -> Tensor {
        passesInput ? try stochasticDepth(block(input)) + input : try block(input)
    }
}

/// The same with one ordinary convolution instead of the first two, and without scaling: faster in early layers.
private final class FusedMBConv: EfficientBlock {
    let block: Sequential
    @Submodule("stochastic_depth") var stochasticDepth: StochasticDepth
    private let passesInput: Bool

    init(
        _ inputs: Int, _ outputs: Int, expansion: Int, kernelSize: Int, stride: Int, dropping: Double,
        norm: NormConstants
    ) throws {
        let hidden = makeDivisible(Double(inputs * expansion), by: 8)
        if hidden == inputs {
            block = Sequential(try norm.makeConvolution(inputs, outputs, kernelSize: kernelSize, stride: stride))
        } else {
            block = Sequential(
                try norm.makeConvolution(inputs, hidden, kernelSize: kernelSize, stride: stride),
                try norm.makeConvolution(hidden, outputs, kernelSize: 1, activation: nil))
        }
        passesInput = stride == 1 && inputs == outputs
        stochasticDepth = StochasticDepth(dropping)
    }

    func forward(_ input: Tensor) throws -> Tensor {
        passesInput ? try stochasticDepth(block(input)) + input : try block(input)
    }
}

// MARK: Variants

extension EfficientNet {
    /// The paper's table 1: kind of block, expansion, kernel, stride, inputs, outputs, repetitions.
    private static let runsB0 = [
        BlockRun(.plain, 1, 3, 1, 32, 16, 1), BlockRun(.plain, 6, 3, 2, 16, 24, 2),
        BlockRun(.plain, 6, 5, 2, 24, 40, 2), BlockRun(.plain, 6, 3, 2, 40, 80, 3),
        BlockRun(.plain, 6, 5, 1, 80, 112, 3), BlockRun(.plain, 6, 5, 2, 112, 192, 4),
        BlockRun(.plain, 6, 3, 1, 192, 320, 1),
    ]

    private static let runsV2Small = [
        BlockRun(.fused, 1, 3, 1, 24, 24, 2), BlockRun(.fused, 4, 3, 2, 24, 48, 4),
        BlockRun(.fused, 4, 3, 2, 48, 64, 4), BlockRun(.plain, 4, 3, 2, 64, 128, 6),
        BlockRun(.plain, 6, 3, 1, 128, 160, 9), BlockRun(.plain, 6, 3, 2, 160, 256, 15),
    ]

    private static let runsV2Medium = [
        BlockRun(.fused, 1, 3, 1, 24, 24, 3), BlockRun(.fused, 4, 3, 2, 24, 48, 5),
        BlockRun(.fused, 4, 3, 2, 48, 80, 5), BlockRun(.plain, 4, 3, 2, 80, 160, 7),
        BlockRun(.plain, 6, 3, 1, 160, 176, 14), BlockRun(.plain, 6, 3, 2, 176, 304, 18),
        BlockRun(.plain, 6, 3, 1, 304, 512, 5),
    ]

    private static let runsV2Large = [
        BlockRun(.fused, 1, 3, 1, 32, 32, 4), BlockRun(.fused, 4, 3, 2, 32, 64, 7),
        BlockRun(.fused, 4, 3, 2, 64, 96, 7), BlockRun(.plain, 4, 3, 2, 96, 192, 10),
        BlockRun(.plain, 6, 3, 1, 192, 224, 19), BlockRun(.plain, 6, 3, 2, 224, 384, 25),
        BlockRun(.plain, 6, 3, 1, 384, 640, 7),
    ]

    /// One of B0 to B7: B0 made wider and deeper, for larger images.
    private static func scaledB0(
        _ number: Int, width: Double, depth: Double, dropout: Double, norm: NormConstants = NormConstants(),
        parameterCount: Int, weights: [PretrainedWeights], defaultWeights: String? = nil
    ) -> Architecture {
        let runs = runsB0.map { $0.scaled(width: width, depth: depth) }
        return Architecture(
            "efficientnet_b\(number)", summary: "EfficientNet-B\(number), 2019", parameterCount: parameterCount,
            preprocessing: weights.first?.preprocessing ?? .imageNet, weights: weights,
            defaultWeights: defaultWeights,
            build: { try EfficientNet(runs, dropout: dropout, norm: norm, classes: $0.classes) })
    }

    /// One of the three networks of version 2.
    private static func secondVersion(
        _ letter: String, _ runs: [BlockRun], dropout: Double, parameterCount: Int, weights: PretrainedWeights
    ) -> Architecture {
        Architecture(
            "efficientnet_v2_\(letter)", summary: "EfficientNetV2-\(letter.uppercased()), 2021",
            parameterCount: parameterCount, preprocessing: weights.preprocessing, weights: [weights],
            build: {
                try EfficientNet(
                    runs, lastChannels: 1280, dropout: dropout, norm: NormConstants(epsilon: 1e-3),
                    classes: $0.classes)
            })
    }

    /// The authors' constants, which B5 to B7 use.
    private static let originalNorm = NormConstants(epsilon: 1e-3, momentum: 0.01)

    /// Images between -1 and 1, as the weights of the largest network require.
    private static let preprocessingV2Large: Preprocessing = {
        var preprocessing = Preprocessing.imageNet(resizeShortSide: 480, cropSize: 480, interpolation: .bicubic)
        preprocessing.mean = [0.5, 0.5, 0.5]
        preprocessing.standardDeviation = [0.5, 0.5, 0.5]
        return preprocessing
    }()

    static let architectures = [
        scaledB0(
            0, width: 1, depth: 1, dropout: 0.2, parameterCount: 5_288_548,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "efficientnet_b0_rwightman-7f5810bc.pth", top1: 77.692, top5: 93.532,
                    gigaflops: 0.386, preprocessing: .imageNet(resizeShortSide: 256, interpolation: .bicubic))
            ]),
        scaledB0(
            1, width: 1, depth: 1.1, dropout: 0.2, parameterCount: 7_794_184,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "efficientnet_b1_rwightman-bac287d4.pth", top1: 78.642, top5: 94.186,
                    gigaflops: 0.687,
                    preprocessing: .imageNet(resizeShortSide: 256, cropSize: 240, interpolation: .bicubic)),
                PretrainedWeights(
                    "IMAGENET1K_V2", "efficientnet_b1-c27df63c.pth", top1: 79.838, top5: 94.934, gigaflops: 0.687,
                    preprocessing: .imageNet(resizeShortSide: 255, cropSize: 240)),
            ],
            defaultWeights: "IMAGENET1K_V2"),
        scaledB0(
            2, width: 1.1, depth: 1.2, dropout: 0.3, parameterCount: 9_109_994,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "efficientnet_b2_rwightman-c35c1473.pth", top1: 80.608, top5: 95.31,
                    gigaflops: 1.088,
                    preprocessing: .imageNet(resizeShortSide: 288, cropSize: 288, interpolation: .bicubic))
            ]),
        scaledB0(
            3, width: 1.2, depth: 1.4, dropout: 0.3, parameterCount: 12_233_232,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "efficientnet_b3_rwightman-b3899882.pth", top1: 82.008, top5: 96.054,
                    gigaflops: 1.827,
                    preprocessing: .imageNet(resizeShortSide: 320, cropSize: 300, interpolation: .bicubic))
            ]),
        scaledB0(
            4, width: 1.4, depth: 1.8, dropout: 0.4, parameterCount: 19_341_616,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "efficientnet_b4_rwightman-23ab8bcd.pth", top1: 83.384, top5: 96.594,
                    gigaflops: 4.394,
                    preprocessing: .imageNet(resizeShortSide: 384, cropSize: 380, interpolation: .bicubic))
            ]),
        scaledB0(
            5, width: 1.6, depth: 2.2, dropout: 0.4, norm: originalNorm, parameterCount: 30_389_784,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "efficientnet_b5_lukemelas-1a07897c.pth", top1: 83.444, top5: 96.628,
                    gigaflops: 10.266,
                    preprocessing: .imageNet(resizeShortSide: 456, cropSize: 456, interpolation: .bicubic))
            ]),
        scaledB0(
            6, width: 1.8, depth: 2.6, dropout: 0.5, norm: originalNorm, parameterCount: 43_040_704,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "efficientnet_b6_lukemelas-24a108a5.pth", top1: 84.008, top5: 96.916,
                    gigaflops: 19.068,
                    preprocessing: .imageNet(resizeShortSide: 528, cropSize: 528, interpolation: .bicubic))
            ]),
        scaledB0(
            7, width: 2, depth: 3.1, dropout: 0.5, norm: originalNorm, parameterCount: 66_347_960,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "efficientnet_b7_lukemelas-c5b4e57e.pth", top1: 84.122, top5: 96.908,
                    gigaflops: 37.746,
                    preprocessing: .imageNet(resizeShortSide: 600, cropSize: 600, interpolation: .bicubic))
            ]),
        secondVersion(
            "s", runsV2Small, dropout: 0.2, parameterCount: 21_458_488,
            weights: PretrainedWeights(
                "IMAGENET1K_V1", "efficientnet_v2_s-dd5fe13b.pth", top1: 84.228, top5: 96.878, gigaflops: 8.366,
                preprocessing: .imageNet(resizeShortSide: 384, cropSize: 384))),
        secondVersion(
            "m", runsV2Medium, dropout: 0.3, parameterCount: 54_139_356,
            weights: PretrainedWeights(
                "IMAGENET1K_V1", "efficientnet_v2_m-dc08266a.pth", top1: 85.112, top5: 97.156, gigaflops: 24.582,
                preprocessing: .imageNet(resizeShortSide: 480, cropSize: 480))),
        secondVersion(
            "l", runsV2Large, dropout: 0.4, parameterCount: 118_515_272,
            weights: PretrainedWeights(
                "IMAGENET1K_V1", "efficientnet_v2_l-59c71312.pth", top1: 85.808, top5: 97.788, gigaflops: 56.08,
                preprocessing: preprocessingV2Large)),
    ]
}
