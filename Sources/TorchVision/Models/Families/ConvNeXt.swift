public import Torch
public import TorchNN

/// ConvNeXt, as in torchvision (`convnext.py`).
///
/// Z. Liu et al.: A ConvNet for the 2020s, 2022, arXiv:2201.03545. The layer scale is from H. Touvron et al.: Going
/// deeper with Image Transformers, 2021, arXiv:2103.17239.
public final class ConvNeXt: ImageNetwork {
    let features: Sequential
    let avgpool = AdaptiveAvgPool2d(1)
    let classifier: Sequential
    /// The channels of the last group: 768, 1,024 or 1,536.
    public let headInputs: Int

    /// Creates a new network with these channels and blocks in each group.
    ///
    /// - Parameter stochasticDepth: The probability of skipping the last block; it increases with depth from 0.
    init(channels: [Int], blocks: [Int], stochasticDepth: Double, classes: Int) throws {
        let total = blocks.reduce(0, +)
        var layers: [any Module] = []
        var (inputs, number) = (3, 0)
        for (outputs, count) in zip(channels, blocks) {
            if layers.isEmpty {
                layers.append(
                    Sequential(try Conv2d(inputs, outputs, kernelSize: 4, stride: 4), try LayerNorm2d(outputs)))
            } else {
                layers.append(
                    Sequential(try LayerNorm2d(inputs), try Conv2d(inputs, outputs, kernelSize: 2, stride: 2)))
            }
            var group: [any Module] = []
            for _ in 0..<count {
                group.append(
                    try CNBlock(outputs, dropping: stochasticDepth * Double(number) / (Double(total) - 1)))
                number += 1
            }
            layers.append(Sequential(group))
            inputs = outputs
        }
        features = Sequential(layers)
        headInputs = inputs
        classifier = Sequential(try LayerNorm2d(inputs), Flatten(), try Linear(inputs, classes))
        try initialize()
    }

    private func initialize() throws {
        func fill(_ weight: Tensor, _ bias: Tensor?) throws {
            try Initialization.truncatedNormal(weight, mean: 0, standardDeviation: 0.02, from: -2, to: 2)
            if let bias { try Initialization.constant(bias, 0) }
        }
        for (_, module) in namedModules {
            switch module {
            case let layer as Conv2d: try fill(layer.weight, layer.bias)
            case let layer as Linear: try fill(layer.weight, layer.bias)
            default: break
            }
        }
    }

    /// `[N, 3, H, W]`, H and W at least 32, to `[N, headInputs]`: the mean over positions, normalized.
    public func extractFeatures(_ input: Tensor) throws -> Tensor {
        try classifier(avgpool(features(input)), through: 0..<2)
    }

    /// The last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try classifier(features, through: 2..<3) }

    /// The stem and the first group of blocks, each further group with the convolution before it, the last layer. The
    /// normalization of the pooled features belongs to the last group.
    public var stages: [Stage] {
        let groups = stride(from: 0, to: features.count, by: 2).map { start in
            let norm = start + 2 == features.count ? [classifier[0]] : []
            return Stage("features.\(start)-\(start + 1)", [features[start], features[start + 1]] + norm)
        }
        return groups + [Stage("classifier.2", classifier[2])]
    }

    /// Replaces `classifier.2` with a new layer.
    public func replaceLastLayer(classes: Int) throws { classifier[2] = try Linear(headInputs, classes) }

    /// Replaces `classifier.2` with a module.
    public func putHead(_ module: any Module) { classifier[2] = module }

    private static func architecture(
        _ size: String, channels: Int, blocks: [Int], stochasticDepth: Double, parameterCount: Int,
        weights: PretrainedWeights
    ) -> Architecture {
        Architecture(
            "convnext_\(size)", summary: "ConvNeXt, \(size), 2022", parameterCount: parameterCount, weights: [weights],
            build: {
                try ConvNeXt(
                    channels: [1, 2, 4, 8].map { $0 * channels }, blocks: blocks, stochasticDepth: stochasticDepth,
                    classes: $0.classes)
            })
    }

    static let architectures = [
        architecture(
            "tiny", channels: 96, blocks: [3, 3, 9, 3], stochasticDepth: 0.1, parameterCount: 28_589_128,
            weights: PretrainedWeights(
                "IMAGENET1K_V1", "convnext_tiny-983f1562.pth", top1: 82.52, top5: 96.146, gigaflops: 4.456,
                preprocessing: .imageNet(resizeShortSide: 236))),
        architecture(
            "small", channels: 96, blocks: [3, 3, 27, 3], stochasticDepth: 0.4, parameterCount: 50_223_688,
            weights: PretrainedWeights(
                "IMAGENET1K_V1", "convnext_small-0c510722.pth", top1: 83.616, top5: 96.65, gigaflops: 8.684,
                preprocessing: .imageNet(resizeShortSide: 230))),
        architecture(
            "base", channels: 128, blocks: [3, 3, 27, 3], stochasticDepth: 0.5, parameterCount: 88_591_464,
            weights: PretrainedWeights(
                "IMAGENET1K_V1", "convnext_base-6075fbad.pth", top1: 84.062, top5: 96.87, gigaflops: 15.355,
                preprocessing: .imageNet(resizeShortSide: 232))),
        architecture(
            "large", channels: 192, blocks: [3, 3, 27, 3], stochasticDepth: 0.5, parameterCount: 197_767_336,
            weights: PretrainedWeights(
                "IMAGENET1K_V1", "convnext_large-ea097f82.pth", top1: 84.414, top5: 96.976, gigaflops: 34.361,
                preprocessing: .imageNet(resizeShortSide: 232))),
    ]
}

/// Filters each channel separately, normalizes each position, expands and reduces the channels, with a residual
/// connection.
private final class CNBlock: Module {
    /// A factor for each channel, `[C, 1, 1]`, initially small.
    @Parameter("layer_scale") var layerScale: Tensor
    let block: Sequential
    @Submodule("stochastic_depth") var stochasticDepth: StochasticDepth

    init(_ channels: Int, dropping: Double) throws {
        block = Sequential(
            try Conv2d(channels, channels, kernelSize: 7, padding: 3, groups: channels), Permute(0, 2, 3, 1),
            try LayerNorm(channels, epsilon: 1e-6), try Linear(channels, 4 * channels), GELU(),
            try Linear(4 * channels, channels), Permute(0, 3, 1, 2))
        layerScale = try Tensor.full([channels, 1, 1], 1e-6)
        stochasticDepth = StochasticDepth(dropping)
    }

    func forward(_ input: Tensor) throws -> Tensor {
        try stochasticDepth(layerScale * block(input)) + input
    }
}

/// Layer normalization of each position over its channels, `[N, C, H, W]` to the same shape.
private final class LayerNorm2d: ModuleContainer {
    private let norm: LayerNorm

    init(_ channels: Int) throws { norm = try LayerNorm(channels, epsilon: 1e-6) }

    // It has no own name because torchvision's class is a subclass of `LayerNorm`.
    var namedChildren: [(name: String, module: any Module)] { [("", norm)] }

    func forward(_ input: Tensor) throws -> Tensor {
        try norm(input.permute(dims: [0, 2, 3, 1])).permute(dims: [0, 3, 1, 2])
    }
}
