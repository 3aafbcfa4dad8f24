internal import Foundation
internal import Torch
internal import TorchNN

/// The block of Swin Transformer V2: normalization follows each branch instead of preceding it.
///
/// Z. Liu et al.: Swin Transformer V2, 2021, arXiv:2111.09883.
final class SwinBlockV2: SwinBlock {
    private let norm1: LayerNorm
    private let attn: CosineWindowAttention
    @Submodule("stochastic_depth") private var stochasticDepth: StochasticDepth
    private let norm2: LayerNorm
    private let mlp: Sequential

    init(_ channels: Int, heads: Int, window: Int, shift: Int, dropping: Double) throws {
        norm1 = try LayerNorm(channels)
        attn = try CosineWindowAttention(channels, heads: heads, window: window, shift: shift)
        norm2 = try LayerNorm(channels)
        mlp = try makeTransformerMLP(channels, hidden: 4 * channels)
        stochasticDepth = StochasticDepth(dropping)
    }

    static func makeMerging(_ channels: Int) throws -> any Module { try PatchMergingV2(channels) }

    func forward(_ input: Tensor) throws -> Tensor {
        let x = try input + stochasticDepth(norm1(attn(input)))
        return try x + stochasticDepth(norm2(mlp(x)))
    }
}

/// Attention within windows by the cosine between query and key, with a bias that a small network computes from the
/// offset between positions.
private final class CosineWindowAttention: Module {
    /// The logarithm of the factor of the cosines, `[heads, 1, 1]`.
    @Parameter("logit_scale") var logitScale: Tensor
    /// The offsets between positions, `[1, 2 window - 1, 2 window - 1, 2]`.
    @Buffer("relative_coords_table") var ways: Tensor
    /// The index of the offset for each pair of positions, int64 `[window⁴]`.
    @Buffer("relative_position_index") var index: Tensor
    let qkv: Linear
    let proj: Linear
    @Submodule("cpb_mlp") var positionBias: Sequential
    private let heads: Int
    private let window: Int
    private let shift: Int

    init(_ channels: Int, heads: Int, window: Int, shift: Int) throws {
        (self.heads, self.window, self.shift) = (heads, window, shift)
        qkv = try Linear(channels, 3 * channels)
        proj = try Linear(channels, channels)
        ways = try Self.makeWays(window)
        index = try RelativePositions.index(side: window)
        logitScale = try (Tensor.ones([heads, 1, 1]) * 10).log()
        positionBias = Sequential(try Linear(2, 512), ReLU(), try Linear(512, heads, bias: false))
    }

    /// Offsets from -8 to 8 from one end of a window to the other, as logarithms with their sign: vertical and
    /// horizontal.
    private static func makeWays(_ window: Int) throws -> Tensor {
        let count = 2 * window - 1
        let steps = try Tensor.arange(1 - window, window, dtype: .float32) / Double(window - 1) * 8
        let scaled = try steps.sign() * (steps.abs() + 1).log2() / 3
        let pair = [try scaled.unsqueeze(dim: 1).expand([count, count]), try scaled.expand([count, count])]
        return try Tensor.stack(pair, dim: 2).unsqueeze(dim: 0)
    }

    func forward(_ input: Tensor) throws -> Tensor {
        let windows = ShiftedWindows(of: input, side: window, shift: shift)
        let combined = try Operator.linear(windows.cut(input), qkv.weight, biasWithoutKeys())
        let parts = try windows.split(combined, heads: heads)
        let cosines = try parts[0].normalized(dim: -1).matmul(parts[1].normalized(dim: -1).transpose(-2, -1))
        let scores = try cosines * logitScale.clamp(max: log(100)).exp() + relativePositionBias()
        return try windows.join(proj(windows.attend(scores, to: parts[2])))
    }

    /// The layer's bias with zeros for the keys, whatever the parameter contains.
    private func biasWithoutKeys() throws -> Tensor? {
        guard let bias = qkv.bias else { return nil }
        let parts = try bias.split(bias.count / 3)
        return try Tensor.cat([parts[0], parts[1] * 0, parts[2]])
    }

    private func relativePositionBias() throws -> Tensor {
        let table = try positionBias(ways).reshape([-1, heads])
        return try RelativePositions.lookUp(table, index, side: window).sigmoid() * 16
    }
}

extension Operator {
    fileprivate static let linear = Operator("aten::linear")
}

/// Four neighbors become one position with twice the channels; normalized after, without bias.
private final class PatchMergingV2: Module {
    let reduction: Linear
    let norm: LayerNorm

    init(_ channels: Int) throws {
        reduction = try Linear(4 * channels, 2 * channels, bias: false)
        norm = try LayerNorm(2 * channels)
    }

    func forward(_ input: Tensor) throws -> Tensor { try norm(reduction(gatherNeighbors(input))) }
}
