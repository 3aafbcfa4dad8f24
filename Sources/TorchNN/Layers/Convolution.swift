internal import Foundation
public import Torch

extension Operator {
    static let conv1d = Operator("aten::conv1d")
    static let conv2d = Operator("aten::conv2d")
    static let convTranspose2d = Operator("aten::conv_transpose2d.input")
}

/// A 1-D convolution, `[N, C, L]` to `[N, C', L']`, as `torch.nn.Conv1d` with zero padding.
public final class Conv1d: Module {
    /// `[outputChannels, inputChannels / groups, kernelSize]`.
    @Parameter public var weight: Tensor
    /// `[outputChannels]`.
    @Parameter public var bias: Tensor?

    /// The stride of the kernel.
    public let stride: Int
    /// The number of zeros added on each side.
    public let padding: Int
    /// The distance between the kernel's elements.
    public let dilation: Int
    /// The number of independent groups that the channels are split into.
    public let groups: Int

    /// Creates a convolution with PyTorch's default initialization: weight and bias uniform within ±1/√fanIn.
    ///
    /// - Throws: `TorchError` if the channels cannot be split into the groups.
    public init(
        _ inputChannels: Int, _ outputChannels: Int, kernelSize: Int, stride: Int = 1, padding: Int = 0,
        dilation: Int = 1, groups: Int = 1, bias: Bool = true
    ) throws {
        (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
        let shape = try groupedShape(outputChannels, inputChannels, [kernelSize], groups)
        (weight, self.bias) = try makeConvolution(shape, bias: bias ? outputChannels : nil)
    }

    /// `[N, C, L]` to `[N, C', L']`, L' = (L + 2 padding - dilation (kernelSize - 1) - 1) / stride + 1.
    ///
    /// - Throws: `TorchError` for an input with other channels, or one shorter than the kernel.
    public func forward(_ input: Tensor) throws -> Tensor {
        try Operator.conv1d(input, weight, bias, [stride], [padding], [dilation], groups)
    }
}

/// A 2-D convolution, `[N, C, H, W]` to `[N, C', H', W']`, as `torch.nn.Conv2d` with zero padding.
public final class Conv2d: Module {
    /// `[outputChannels, inputChannels / groups, kernel height, kernel width]`.
    @Parameter public var weight: Tensor
    /// `[outputChannels]`.
    @Parameter public var bias: Tensor?

    /// The stride of the kernel.
    public let stride: Size2D
    /// The number of zeros added on each side.
    public let padding: Size2D
    /// The distance between the kernel's elements.
    public let dilation: Size2D
    /// The number of independent groups that the channels are split into.
    public let groups: Int

    /// Creates a convolution with PyTorch's default initialization: weight and bias uniform within ±1/√fanIn.
    ///
    /// - Throws: `TorchError` if the channels cannot be split into the groups.
    public init(
        _ inputChannels: Int, _ outputChannels: Int, kernelSize: Size2D, stride: Size2D = 1, padding: Size2D = 0,
        dilation: Size2D = 1, groups: Int = 1, bias: Bool = true
    ) throws {
        (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
        let shape = try groupedShape(outputChannels, inputChannels, kernelSize.array, groups)
        (weight, self.bias) = try makeConvolution(shape, bias: bias ? outputChannels : nil)
    }

    /// `[N, C, H, W]` to `[N, C', H', W']`, H' = (H + 2 padding - dilation (kernel - 1) - 1) / stride + 1.
    ///
    /// - Throws: `TorchError` for an input with other channels, or one smaller than the kernel.
    public func forward(_ input: Tensor) throws -> Tensor {
        try Operator.conv2d(input, weight, bias, stride.array, padding.array, dilation.array, groups)
    }
}

/// A transposed 2-D convolution, `[N, C, H, W]` to `[N, C', H', W']`, as `torch.nn.ConvTranspose2d`.
///
/// It is the gradient of a convolution with respect to its input, and often upsamples feature maps: each input element
/// adds the kernel, multiplied by the element, to the output. M. D. Zeiler et al.: Deconvolutional Networks, 2010.
public final class ConvTranspose2d: Module {
    /// `[inputChannels, outputChannels / groups, kernel height, kernel width]`.
    @Parameter public var weight: Tensor
    /// `[outputChannels]`.
    @Parameter public var bias: Tensor?

    /// The stride of the kernel in the output for one step in the input.
    public let stride: Size2D
    /// The number of rows and columns removed from each side of the output.
    public let padding: Size2D
    /// The rows and columns added at the bottom and right of the output. It must be smaller than the stride or the
    /// dilation.
    public let outputPadding: Size2D
    /// The distance between the kernel's elements.
    public let dilation: Size2D
    /// The number of independent groups that the channels are split into.
    public let groups: Int

    /// Creates a layer with PyTorch's default initialization: weight and bias uniform within ±1/√fanIn, where fanIn is
    /// the product of the weight's dimensions without the first.
    ///
    /// - Throws: `TorchError` if the channels cannot be split into the groups.
    public init(
        _ inputChannels: Int, _ outputChannels: Int, kernelSize: Size2D, stride: Size2D = 1, padding: Size2D = 0,
        outputPadding: Size2D = 0, dilation: Size2D = 1, groups: Int = 1, bias: Bool = true
    ) throws {
        (self.stride, self.padding, self.outputPadding) = (stride, padding, outputPadding)
        (self.dilation, self.groups) = (dilation, groups)
        let shape = try groupedShape(inputChannels, outputChannels, kernelSize.array, groups)
        (weight, self.bias) = try makeConvolution(shape, bias: bias ? outputChannels : nil)
    }

    /// `[N, C, H, W]` to `[N, C', H', W']`, H' = (H - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding +
    /// 1.
    ///
    /// - Throws: `TorchError` for an input with other channels.
    public func forward(_ input: Tensor) throws -> Tensor {
        try Operator.convTranspose2d(
            input, weight, bias, stride.array, padding.array, outputPadding.array, groups, dilation.array)
    }
}

/// Returns the shape of a weight, `[first, second / groups, kernel…]`.
private func groupedShape(_ first: Int, _ second: Int, _ kernel: [Int], _ groups: Int) throws -> [Int] {
    try require(
        groups > 0 && first % groups == 0 && second % groups == 0,
        "\(first) and \(second) channels cannot be split into \(groups) groups")
    return [first, second / groups] + kernel
}

/// Returns a weight and a bias for this number of channels, in PyTorch's drawing order.
private func makeConvolution(_ shape: [Int], bias channels: Int?) throws -> (weight: Tensor, bias: Tensor?) {
    let weight = try Tensor.empty(shape)
    try Initialization.kaimingUniform(weight, slope: 5.squareRoot())
    return (weight, try channels.map { try Initialization.bias($0, fanIn: Initialization.fanIn(of: weight)) })
}

/// A height and a width, for example of a kernel, a stride or a padding. An integer literal sets both.
public struct Size2D: Sendable, Hashable, ExpressibleByIntegerLiteral {
    /// The vertical size.
    public let height: Int
    /// The horizontal size.
    public let width: Int

    /// Creates a size from a height and a width.
    public init(_ height: Int, _ width: Int) {
        self.height = height
        self.width = width
    }

    /// Creates a size that is the same in both directions.
    public init(_ side: Int) { self.init(side, side) }

    /// Creates a size that is the same in both directions.
    public init(integerLiteral side: Int) { self.init(side) }

    var array: [Int] { [height, width] }
}
