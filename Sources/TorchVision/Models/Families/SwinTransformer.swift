public import Torch
public import TorchNN

/// Swin transformers of both versions, as in torchvision (`swin_transformer.py`).
///
/// Z. Liu et al.: Swin Transformer, 2021, arXiv:2103.14030; Swin Transformer V2, 2021, arXiv:2111.09883. Images may
/// have any size: the last windows are padded with zeros, which take part in the attention of their window, as in
/// torchvision. For V2, the windows are 8 by 8 for all sizes.
public final class SwinTransformer: ImageNetwork {
    let features: Sequential
    let norm: LayerNorm
    var head: any Module
    /// The channels of the last group: 768 or 1,024.
    public let headInputs: Int

    /// Creates a new network with four groups of blocks.
    ///
    /// - Parameters:
    ///   - channels: The channels of the first group; each further one has twice as many.
    ///   - stochasticDepth: The probability of skipping a part of the last block; it increases with depth from 0.
    init(
        _ block: any SwinBlock.Type, channels: Int, blocks: [Int], heads: [Int], window: Int, stochasticDepth: Double,
        classes: Int
    ) throws {
        let last = Double(blocks.reduce(0, +) - 1)
        var layers: [any Module] = [
            Sequential(
                try Conv2d(3, channels, kernelSize: 4, stride: 4), Permute(0, 2, 3, 1), try LayerNorm(channels))
        ]
        var (size, number) = (channels, 0)
        for (group, count) in blocks.enumerated() {
            if group > 0 {
                layers.append(try block.makeMerging(size))
                size *= 2
            }
            layers.append(
                Sequential(
                    try (0..<count).map { index in
                        defer { number += 1 }
                        return try block.init(
                            size, heads: heads[group], window: window, shift: index % 2 == 0 ? 0 : window / 2,
                            dropping: stochasticDepth * Double(number) / last)
                    }))
        }
        features = Sequential(layers)
        norm = try LayerNorm(size)
        head = try Linear(size, classes)
        headInputs = size
        for case let layer as Linear in namedModules.map(\.module) {
            try Initialization.truncatedNormal(layer.weight, standardDeviation: 0.02)
            if let bias = layer.bias { try Initialization.constant(bias, 0) }
        }
    }

    /// `[N, 3, H, W]`, H and W at least 4, to `[N, headInputs]`, the mean over positions.
    public func extractFeatures(_ input: Tensor) throws -> Tensor { try norm(features(input)).mean(dims: [1, 2]) }

    /// The last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try head(features) }

    /// The patch projection with the first group of blocks, each further group with the patch merging before it, the
    /// last layer. The last normalization belongs to the last group.
    public var stages: [Stage] {
        let groups = stride(from: 0, to: features.count, by: 2).map { start in
            let norm: [any Module] = start + 2 == features.count ? [norm] : []
            return Stage("features.\(start)-\(start + 1)", [features[start], features[start + 1]] + norm)
        }
        return groups + [Stage("head", head)]
    }

    /// The first normalization of the last block, as pytorch-grad-cam recommends; a block of V2 does not start with
    /// one.
    public var mapLayer: String? {
        guard let group = features.namedChildren.last, let block = group.module.children.last,
            block.module is SwinBlockV1
        else { return nil }
        return "features.\(group.name).\(block.name).norm1"
    }

    /// Replaces `head` with a new layer.
    public func replaceLastLayer(classes: Int) throws { head = try Linear(headInputs, classes) }

    /// Replaces `head` with a module.
    public func putHead(_ module: any Module) { head = module }

    private static func architecture(
        _ name: String, _ summary: String, _ block: any SwinBlock.Type, channels: Int = 96, deepest: Int,
        window: Int = 7, stochasticDepth: Double, parameterCount: Int, weights: PretrainedWeights
    ) -> Architecture {
        Architecture(
            name, summary: "\(summary), 2021", parameterCount: parameterCount, preprocessing: weights.preprocessing,
            weights: [weights],
            build: {
                try SwinTransformer(
                    block, channels: channels, blocks: [2, 2, deepest, 2],
                    heads: [1, 2, 4, 8].map { $0 * channels / 32 }, window: window, stochasticDepth: stochasticDepth,
                    classes: $0.classes)
            })
    }

    static let architectures = [
        architecture(
            "swin_t", "Swin transformer, tiny", SwinBlockV1.self, deepest: 6, stochasticDepth: 0.2,
            parameterCount: 28_288_354,
            weights: PretrainedWeights(
                "IMAGENET1K_V1", "swin_t-704ceda3.pth", top1: 81.474, top5: 95.776, gigaflops: 4.491,
                preprocessing: .imageNet(resizeShortSide: 232, interpolation: .bicubic))),
        architecture(
            "swin_s", "Swin transformer, small", SwinBlockV1.self, deepest: 18, stochasticDepth: 0.3,
            parameterCount: 49_606_258,
            weights: PretrainedWeights(
                "IMAGENET1K_V1", "swin_s-5e29d889.pth", top1: 83.196, top5: 96.36, gigaflops: 8.741,
                preprocessing: .imageNet(resizeShortSide: 246, interpolation: .bicubic))),
        architecture(
            "swin_b", "Swin transformer, base", SwinBlockV1.self, channels: 128, deepest: 18, stochasticDepth: 0.5,
            parameterCount: 87_768_224,
            weights: PretrainedWeights(
                "IMAGENET1K_V1", "swin_b-68c6b09e.pth", top1: 83.582, top5: 96.64, gigaflops: 15.431,
                preprocessing: .imageNet(resizeShortSide: 238, interpolation: .bicubic))),
        architecture(
            "swin_v2_t", "Swin transformer V2, tiny", SwinBlockV2.self, deepest: 6, window: 8, stochasticDepth: 0.2,
            parameterCount: 28_351_570,
            weights: PretrainedWeights(
                "IMAGENET1K_V1", "swin_v2_t-b137f0e2.pth", top1: 82.072, top5: 96.132, gigaflops: 5.94,
                preprocessing: .imageNet(resizeShortSide: 260, cropSize: 256, interpolation: .bicubic))),
        architecture(
            "swin_v2_s", "Swin transformer V2, small", SwinBlockV2.self, deepest: 18, window: 8, stochasticDepth: 0.3,
            parameterCount: 49_737_442,
            weights: PretrainedWeights(
                "IMAGENET1K_V1", "swin_v2_s-637d8ceb.pth", top1: 83.712, top5: 96.816, gigaflops: 11.546,
                preprocessing: .imageNet(resizeShortSide: 260, cropSize: 256, interpolation: .bicubic))),
        architecture(
            "swin_v2_b", "Swin transformer V2, base", SwinBlockV2.self, channels: 128, deepest: 18, window: 8,
            stochasticDepth: 0.5, parameterCount: 87_930_848,
            weights: PretrainedWeights(
                "IMAGENET1K_V1", "swin_v2_b-781e5279.pth", top1: 84.112, top5: 96.864, gigaflops: 20.325,
                preprocessing: .imageNet(resizeShortSide: 272, cropSize: 256, interpolation: .bicubic))),
    ]
}

/// A block of one of the versions, `[N, H, W, C]` to the same shape.
protocol SwinBlock: Module, SendableMetatype {
    init(_ channels: Int, heads: Int, window: Int, shift: Int, dropping: Double) throws
    /// The layer before each group of blocks except the first: `[N, H, W, C]` to `[N, H / 2, W / 2, 2 C]`, rounded up.
    static func makeMerging(_ channels: Int) throws -> any Module
}

/// Attention within windows, then two layers for each position, each after a normalization and with a residual
/// connection.
final class SwinBlockV1: SwinBlock {
    private let norm1: LayerNorm
    private let attn: WindowAttention
    @Submodule("stochastic_depth") private var stochasticDepth: StochasticDepth
    private let norm2: LayerNorm
    private let mlp: Sequential

    init(_ channels: Int, heads: Int, window: Int, shift: Int, dropping: Double) throws {
        norm1 = try LayerNorm(channels)
        attn = try WindowAttention(channels, heads: heads, window: window, shift: shift)
        norm2 = try LayerNorm(channels)
        mlp = try makeTransformerMLP(channels, hidden: 4 * channels)
        stochasticDepth = StochasticDepth(dropping)
    }

    static func makeMerging(_ channels: Int) throws -> any Module { try PatchMerging(channels) }

    func forward(_ input: Tensor) throws -> Tensor {
        let x = try input + stochasticDepth(attn(norm1(input)))
        return try x + stochasticDepth(mlp(norm2(x)))
    }
}

/// Attention within windows, with a learned bias for each offset between positions.
private final class WindowAttention: Module {
    /// `[(2 window - 1)², heads]`.
    @Parameter("relative_position_bias_table") var biasTable: Tensor
    /// The table's row for each pair of positions, int64 `[window⁴]`.
    @Buffer("relative_position_index") var index: Tensor
    let qkv: Linear
    let proj: Linear
    private let heads: Int
    private let window: Int
    private let shift: Int

    init(_ channels: Int, heads: Int, window: Int, shift: Int) throws {
        (self.heads, self.window, self.shift) = (heads, window, shift)
        qkv = try Linear(channels, 3 * channels)
        proj = try Linear(channels, channels)
        let table = try Tensor.empty([(2 * window - 1) * (2 * window - 1), heads])
        try Initialization.truncatedNormal(table, standardDeviation: 0.02)
        biasTable = table
        index = try RelativePositions.index(side: window)
    }

    func forward(_ input: Tensor) throws -> Tensor {
        let windows = ShiftedWindows(of: input, side: window, shift: shift)
        let parts = try windows.split(qkv(windows.cut(input)), heads: heads)
        let scale = 1 / Double(input.shape[3] / heads).squareRoot()
        let scores =
            try (parts[0] * scale).matmul(parts[1].transpose(-2, -1))
            + RelativePositions.lookUp(biasTable, index, side: window)
        return try windows.join(proj(windows.attend(scores, to: parts[2])))
    }
}

/// Four neighbors become one position with twice the channels; normalized before, without bias.
private final class PatchMerging: Module {
    let reduction: Linear
    let norm: LayerNorm

    init(_ channels: Int) throws {
        reduction = try Linear(4 * channels, 2 * channels, bias: false)
        norm = try LayerNorm(4 * channels)
    }

    func forward(_ input: Tensor) throws -> Tensor { try reduction(norm(gatherNeighbors(input))) }
}

/// The channels of four neighbors as those of one position: `[N, H, W, C]` to `[N, H / 2, W / 2, 4 C]`, rounded up,
/// with zeros beyond the border. As in torchvision, vertical neighbors come before horizontal ones.
func gatherNeighbors(_ input: Tensor) throws -> Tensor {
    let (batch, height, width, channels) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3])
    let isOdd = height % 2 + width % 2 > 0
    let x = isOdd ? try input.pad([0, 0, 0, width % 2, 0, height % 2]) : input
    let (rows, columns) = ((height + 1) / 2, (width + 1) / 2)
    return try x.reshape([batch, rows, 2, columns, 2, channels]).permute(dims: [0, 1, 3, 4, 2, 5])
        .reshape([batch, rows, columns, 4 * channels])
}
