public import Torch

extension Operator {
    static let maxPool2d = Operator("aten::max_pool2d")
    static let avgPool2d = Operator("aten::avg_pool2d")
    static let adaptiveAvgPool2d = Operator("aten::adaptive_avg_pool2d")
    static let adaptiveMaxPool2d = Operator("aten::adaptive_max_pool2d")
    static let upsampleNearest2d = Operator("aten::upsample_nearest2d")
    static let upsampleNearestExact2d = Operator("aten::_upsample_nearest_exact2d")
    static let upsampleBilinear2d = Operator("aten::upsample_bilinear2d")
    static let upsampleBicubic2d = Operator("aten::upsample_bicubic2d")
}

/// The maximum of each window, as `torch.nn.MaxPool2d`.
public final class MaxPool2d: Module {
    /// The window size.
    public let kernelSize: Size2D
    /// The stride of the window.
    public let stride: Size2D
    /// The padding on each side, with minus infinity.
    public let padding: Size2D
    /// Whether windows that extend past the end are included (PyTorch's `ceil_mode`).
    public let ceilMode: Bool

    /// Creates a pooling layer. The stride is the window size by default.
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
    /// The window size.
    public let kernelSize: Size2D
    /// The stride of the window.
    public let stride: Size2D
    /// The number of zeros added on each side.
    public let padding: Size2D
    /// Whether windows that extend past the end are included (PyTorch's `ceil_mode`).
    public let ceilMode: Bool
    /// Whether the mean includes the zeros of the padding.
    public let countsPadding: Bool

    /// Creates a pooling layer. The stride is the window size by default.
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

/// Average pooling to a given output size, as `torch.nn.AdaptiveAvgPool2d`.
public final class AdaptiveAvgPool2d: Module {
    /// The height and width of the output.
    public let outputSize: Size2D

    /// Creates a pooling layer for an output size.
    public init(_ outputSize: Size2D) { self.outputSize = outputSize }

    /// `[N, C, H, W]` to `[N, C, outputSize.height, outputSize.width]`.
    public func forward(_ input: Tensor) throws -> Tensor {
        try Operator.adaptiveAvgPool2d(input, outputSize.array)
    }
}

/// Maximum pooling to a given output size, as `torch.nn.AdaptiveMaxPool2d`.
public final class AdaptiveMaxPool2d: Module {
    /// The height and width of the output.
    public let outputSize: Size2D

    /// Creates a pooling layer for an output size.
    public init(_ outputSize: Size2D) { self.outputSize = outputSize }

    /// `[N, C, H, W]` to `[N, C, outputSize.height, outputSize.width]`.
    public func forward(_ input: Tensor) throws -> Tensor {
        try Operator.adaptiveMaxPool2d.tensors(input, outputSize.array)[0]
    }
}

/// Resizes feature maps by interpolation, `[N, C, H, W]` to `[N, C, H', W']`, as `torch.nn.Upsample`.
public final class Upsample: Module {
    /// The interpolation mode, with PyTorch's names.
    public enum Mode: String, Sendable, CaseIterable {
        /// The nearest pixel to the upper left, as in PyTorch's `nearest` and in OpenCV.
        case nearest
        /// The nearest pixel by center, as in Pillow and scikit-image.
        case nearestExact = "nearest-exact"
        /// Linear interpolation between 4 pixels.
        case bilinear
        /// Cubic interpolation between 16 pixels.
        case bicubic
    }

    /// The height and width of the output; nil if a factor is given.
    public let size: Size2D?
    /// The factor of height and width; nil if a size is given.
    public let scaleFactor: Double?
    /// The interpolation mode.
    public let mode: Mode
    /// Whether the centers of the corner pixels are aligned: PyTorch's `align_corners`, for `bilinear` and `bicubic`.
    public let alignCorners: Bool

    /// Creates a layer for an output size.
    public init(size: Size2D, mode: Mode = .nearest, alignCorners: Bool = false) {
        (self.size, scaleFactor, self.mode, self.alignCorners) = (size, nil, mode, alignCorners)
    }

    /// Creates a layer for a factor. Height and width are multiplied by it and rounded down.
    public init(scaleFactor: Double, mode: Mode = .nearest, alignCorners: Bool = false) {
        (size, self.scaleFactor, self.mode, self.alignCorners) = (nil, scaleFactor, mode, alignCorners)
    }

    /// `[N, C, H, W]` to `[N, C, H', W']`.
    ///
    /// - Throws: `TorchError` for an input with other dimensions, and if the output would be empty.
    public func forward(_ input: Tensor) throws -> Tensor {
        try require(input.rank == 4, "an input of shape \(input.shape); Upsample expects [N, C, H, W]")
        let output = try size?.array ?? input.shape.suffix(2).map { try scaled($0) }
        let (height, width) = (scaleFactor, scaleFactor)
        return switch mode {
        case .nearest: try Operator.upsampleNearest2d(input, output, height, width)
        case .nearestExact: try Operator.upsampleNearestExact2d(input, output, height, width)
        case .bilinear: try Operator.upsampleBilinear2d(input, output, alignCorners, height, width)
        case .bicubic: try Operator.upsampleBicubic2d(input, output, alignCorners, height, width)
        }
    }

    private func scaled(_ length: Int) throws -> Int {
        guard let output = Int(exactly: (Double(length) * (scaleFactor ?? 1)).rounded(.down)) else {
            throw TorchError(
                code: .invalidArgument, message: "a length of \(length) times \(scaleFactor ?? 1) is not a valid size")
        }
        return output
    }
}
