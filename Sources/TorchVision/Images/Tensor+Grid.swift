public import Torch

extension Operator {
    fileprivate static let fullLike = Operator("aten::new_full")
}

extension Tensor {
    /// Joins images to one, side by side in rows: torchvision's `make_grid`, with equal values.
    ///
    /// The images are `[N, C, H, W]`, or a single one: `[C, H, W]` or `[H, W]`. Images with one channel become gray
    /// ones with three. A single image stays unchanged, without an edge, as in torchvision.
    ///
    /// - Parameters:
    ///   - perRow: The number of images in a row, torchvision's `nrow`.
    ///   - padding: The number of pixels between images and around them.
    ///   - normalize: Whether to scale the values to 0...1, using `valueRange` and `scaleEach`.
    ///   - valueRange: The values that become 0 and 1; values outside are clipped. Nil uses the minimum and maximum.
    ///   - scaleEach: Whether to use the minimum and maximum of each image instead of all images.
    ///   - padValue: The value of the edges.
    /// - Returns: `[C, rows · (H + padding) + padding, columns · (W + padding) + padding]`.
    /// - Throws: `TorchError` for a tensor of another rank.
    public func grid(
        perRow: Int = 8, padding: Int = 2, normalize: Bool = false, valueRange: ClosedRange<Double>? = nil,
        scaleEach: Bool = false, padValue: Double = 0
    ) throws -> Tensor {
        precondition(perRow > 0 && padding >= 0, "`perRow` must be at least 1 and `padding` at least 0")
        guard (2...4).contains(rank), count > 0 else {
            throw TorchError(
                code: .invalidArgument,
                message: "a grid needs images [N, C, H, W], [C, H, W] or [H, W], not \(shape)")
        }
        var images = self
        if rank < 4 { images = try images.reshape([1, rank == 2 ? 1 : shape[0], size(dim: -2), size(dim: -1)]) }
        if images.shape[1] == 1 { images = try Tensor.cat([images, images, images], dim: 1) }
        if normalize {
            if scaleEach {
                images = try Tensor.stack(images.unbind().map { try $0.scaled(from: valueRange) })
            } else {
                images = try images.scaled(from: valueRange)
            }
        }
        return try images.joined(perRow: perRow, padding: padding, padValue: padValue)
    }

    /// Joins images of one size, `[C, H, W]` or `[H, W]` each, to one. See `grid`.
    ///
    /// - Throws: `TorchError` if their shapes differ.
    public static func grid(
        of images: [Tensor], perRow: Int = 8, padding: Int = 2, normalize: Bool = false,
        valueRange: ClosedRange<Double>? = nil, scaleEach: Bool = false, padValue: Double = 0
    ) throws -> Tensor {
        let images = try Tensor.stack(images.map { $0.rank == 2 ? try $0.unsqueeze(dim: 0) : $0 })
        return try images.grid(
            perRow: perRow, padding: padding, normalize: normalize, valueRange: valueRange, scaleEach: scaleEach,
            padValue: padValue)
    }

    /// Scales the values between the bounds to 0...1.
    private func scaled(from range: ClosedRange<Double>?) throws -> Tensor {
        let low: Double = try range?.lowerBound ?? min().to(.float64).item()
        let high: Double = try range?.upperBound ?? max().to(.float64).item()
        // torchvision's bound, for images with a single value.
        return try (clamp(min: low, max: high) - low) / Swift.max(high - low, 1e-5)
    }

    private func joined(perRow: Int, padding: Int, padValue: Double) throws -> Tensor {
        guard shape[0] > 1 else { return try squeeze(dim: 0) }
        let columns = Swift.min(perRow, shape[0])
        let rows = (shape[0] + columns - 1) / columns
        let (height, width) = (shape[2] + padding, shape[3] + padding)
        let grid = try Operator.fullLike(
            self, [shape[1], height * rows + padding, width * columns + padding], padValue)
        for index in 0..<shape[0] {
            try grid.narrow(dim: 1, from: index / columns * height + padding, length: shape[2])
                .narrow(dim: 2, from: index % columns * width + padding, length: shape[3])
                .copy(from: select(dim: 0, index: index))
        }
        return grid
    }
}
