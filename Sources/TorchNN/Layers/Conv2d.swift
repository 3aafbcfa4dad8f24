internal import Foundation
public import Torch

extension Operator {
    static let conv2d = Operator("aten::conv2d")
}

/// A 2-D convolution, `[N, C, H, W]` to `[N, C', H', W']`, as `torch.nn.Conv2d` with zero padding.
public final class Conv2d: Module {
    /// `[outputChannels, inputChannels / groups, kernel height, kernel width]`.
    @Parameter public var weight: Tensor
    /// `[outputChannels]`.
    @Parameter public var bias: Tensor?

    /// How far the kernel moves.
    public let stride: Size2D
    /// Zeros added on each side.
    public let padding: Size2D
    /// The distance between the kernel's elements.
    public let dilation: Size2D
    /// Into how many independent groups the channels are split.
    public let groups: Int

    /// Makes a convolution with PyTorch's default initialisation: both uniform within ±1/√fanIn.
    public init(
        _ inputChannels: Int, _ outputChannels: Int, kernelSize: Size2D, stride: Size2D = 1, padding: Size2D = 0,
        dilation: Size2D = 1, groups: Int = 1, bias: Bool = true
    ) throws {
        (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
        let weight = try Tensor.empty([outputChannels, inputChannels / groups, kernelSize.height, kernelSize.width])
        try Initialization.kaimingUniform(weight, slope: 5.squareRoot())
        self.weight = weight
        self.bias = bias ? try Initialization.bias(outputChannels, fanIn: Initialization.fanIn(of: weight)) : nil
    }

    /// `[N, C, H, W]` to `[N, C', H', W']`, H' = (H + 2 padding - dilation (kernel - 1) - 1) / stride + 1.
    public func forward(_ input: Tensor) throws -> Tensor {
        try Operator.conv2d(input, weight, bias, stride.array, padding.array, dilation.array, groups)
    }
}
