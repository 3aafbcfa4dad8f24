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

/// Enlarges feature maps by interpolation, `[N, C, H, W]` to `[N, C, H', W']`, as `torch.nn.Upsample`.
public final class Upsample: Module {
    /// How values between the input's are found, under PyTorch's names.
    public enum Mode: String, Sendable, CaseIterable {
        /// The nearest one to the left and above, as PyTorch's `nearest` and OpenCV's have it.
        case nearest
        /// The nearest one by the centers of pixels, as Pillow and scikit-image have it.
        case nearestExact = "nearest-exact"
        /// Along straight lines between four.
        case bilinear
        /// Along cubic curves between sixteen.
        case bicubic
    }

    /// The height and width of the output; nil with a factor.
    public let size: Size2D?
    /// What height and width are multiplied by; nil with a size.
    public let scaleFactor: Double?
    /// How values between the input's are found.
    public let mode: Mode
    /// Whether the corners of input and output are the centers of their corner pixels: PyTorch's `align_corners`, for
    /// `bilinear` and `bicubic`.
    public let alignCorners: Bool

    /// Makes a layer for an output size.
    public init(size: Size2D, mode: Mode = .nearest, alignCorners: Bool = false) {
        (self.size, scaleFactor, self.mode, self.alignCorners) = (size, nil, mode, alignCorners)
    }

    /// Makes a layer for a factor, by which height and width are multiplied and rounded down.
    public init(scaleFactor: Double, mode: Mode = .nearest, alignCorners: Bool = false) {
        (size, self.scaleFactor, self.mode, self.alignCorners) = (nil, scaleFactor, mode, alignCorners)
    }

    /// `[N, C, H, W]` to `[N, C, H', W']`.
    ///
    /// - Throws: `TorchError` for an input of other dimensions, and where nothing would be left of it.
    public func forward(_ input: Tensor) throws -> Tensor {
        try require(input.rank == 4, "an input of shape \(input.shape); Upsample takes [N, C, H, W]")
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
            throw TorchError(code: .invalidArgument, message: "a length of \(length) times \(scaleFactor ?? 1)")
        }
        return output
    }
}
