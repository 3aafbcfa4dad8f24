public import Torch

extension Operator {
    static let maxPool2d = Operator("aten::max_pool2d")
    static let avgPool2d = Operator("aten::avg_pool2d")
    static let adaptiveAvgPool2d = Operator("aten::adaptive_avg_pool2d")
    static let adaptiveMaxPool2d = Operator("aten::adaptive_max_pool2d")
}

/// The greatest value of each window, as `torch.nn.MaxPool2d`.
public final class MaxPool2d: Module {
    /// The window.
    public let kernelSize: Size2D
    /// How far the window moves.
    public let stride: Size2D
    /// Padding on each side with minus infinity.
    public let padding: Size2D
    /// Whether a window that begins inside but ends outside counts.
    public let ceilMode: Bool

    /// Makes a pool; the window moves by its own size unless told otherwise.
    public init(_ kernelSize: Size2D, stride: Size2D? = nil, padding: Size2D = 0, ceilMode: Bool = false) {
        self.kernelSize = kernelSize
        self.stride = stride ?? kernelSize
        self.padding = padding
        self.ceilMode = ceilMode
    }

    /// `[N, C, H, W]` to `[N, C, H', W']`.
    public func forward(_ input: Tensor) throws -> Tensor {
        try Operator.maxPool2d(input, kernelSize.array, stride.array, padding.array, 1, ceilMode)
    }
}

/// The mean of each window, as `torch.nn.AvgPool2d`.
public final class AvgPool2d: Module {
    /// The window.
    public let kernelSize: Size2D
    /// How far the window moves.
    public let stride: Size2D
    /// Zeros added on each side.
    public let padding: Size2D
    /// Whether a window that begins inside but ends outside counts.
    public let ceilMode: Bool
    /// Whether the zeros of the padding count in the mean.
    public let countsPadding: Bool

    /// Makes a pool; the window moves by its own size unless told otherwise.
    public init(
        _ kernelSize: Size2D, stride: Size2D? = nil, padding: Size2D = 0, ceilMode: Bool = false,
        countsPadding: Bool = true
    ) {
        self.kernelSize = kernelSize
        self.stride = stride ?? kernelSize
        self.padding = padding
        self.ceilMode = ceilMode
        self.countsPadding = countsPadding
    }

    /// `[N, C, H, W]` to `[N, C, H', W']`.
    public func forward(_ input: Tensor) throws -> Tensor {
        try Operator.avgPool2d(input, kernelSize.array, stride.array, padding.array, ceilMode, countsPadding)
    }
}

/// Means over windows chosen so that the output has the wanted size, as `torch.nn.AdaptiveAvgPool2d`.
public final class AdaptiveAvgPool2d: Module {
    /// The height and width that come out.
    public let outputSize: Size2D

    /// Makes a pool for an output size.
    public init(_ outputSize: Size2D) { self.outputSize = outputSize }

    /// `[N, C, H, W]` to `[N, C, outputSize.height, outputSize.width]`.
    public func forward(_ input: Tensor) throws -> Tensor {
        try Operator.adaptiveAvgPool2d(input, outputSize.array)
    }
}

/// Greatest values over windows chosen so that the output has the wanted size, as `torch.nn.AdaptiveMaxPool2d`.
public final class AdaptiveMaxPool2d: Module {
    /// The height and width that come out.
    public let outputSize: Size2D

    /// Makes a pool for an output size.
    public init(_ outputSize: Size2D) { self.outputSize = outputSize }

    /// `[N, C, H, W]` to `[N, C, outputSize.height, outputSize.width]`.
    public func forward(_ input: Tensor) throws -> Tensor {
        try Operator.adaptiveMaxPool2d.tensors(input, outputSize.array)[0]
    }
}
