public import Torch

extension Operator {
    fileprivate static let fullLike = Operator("aten::new_full")
}

extension Tensor {
    /// Pictures as one, side by side in rows: torchvision's `make_grid`, value by value.
    ///
    /// The pictures are `[N, C, H, W]`, or one: `[C, H, W]` or `[H, W]`. Those of one channel become grey ones of three.
    /// A single picture comes out as it is, without an edge, as in torchvision.
    ///
    /// - Parameters:
    ///   - perRow: how many pictures stand in a row, torchvision's `nrow`.
    ///   - padding: pixels between pictures and around them.
    ///   - normalize: brings the values to 0...1, as `valueRange` and `scaleEach` tell.
    ///   - valueRange: what becomes 0 and 1, values beyond being cut off; nil takes the least and the greatest value.
    ///   - scaleEach: takes the least and the greatest value of each picture, not of all together.
    ///   - padValue: the value of the edges.
    /// - Returns: `[C, rows · (H + padding) + padding, columns · (W + padding) + padding]`.
    /// - Throws: `TorchError` for a tensor of another rank.
    public func grid(
        perRow: Int = 8, padding: Int = 2, normalize: Bool = false, valueRange: ClosedRange<Double>? = nil,
        scaleEach: Bool = false, padValue: Double = 0
    ) throws -> Tensor {
        precondition(perRow > 0 && padding >= 0, "a row has a picture, and padding is not negative")
        guard (2...4).contains(rank), count > 0 else {
            throw TorchError(
                code: .invalidArgument,
                message: "a grid is made of pictures [N, C, H, W], [C, H, W] or [H, W], not of \(shape)")
        }
        var pictures = self
        if rank < 4 { pictures = try pictures.reshape([1, rank == 2 ? 1 : shape[0], size(dim: -2), size(dim: -1)]) }
        if pictures.shape[1] == 1 { pictures = try Tensor.cat([pictures, pictures, pictures], dim: 1) }
        if normalize {
            if scaleEach {
                pictures = try Tensor.stack(pictures.unbind().map { try $0.scaled(from: valueRange) })
            } else {
                pictures = try pictures.scaled(from: valueRange)
            }
        }
        return try pictures.joined(perRow: perRow, padding: padding, padValue: padValue)
    }

    /// Pictures of one size, `[C, H, W]` or `[H, W]` each, as one. See `grid`.
    ///
    /// - Throws: `TorchError` where their shapes differ.
    public static func grid(
        of pictures: [Tensor], perRow: Int = 8, padding: Int = 2, normalize: Bool = false,
        valueRange: ClosedRange<Double>? = nil, scaleEach: Bool = false, padValue: Double = 0
    ) throws -> Tensor {
        let pictures = try Tensor.stack(pictures.map { $0.rank == 2 ? try $0.unsqueeze(dim: 0) : $0 })
        return try pictures.grid(
            perRow: perRow, padding: padding, normalize: normalize, valueRange: valueRange, scaleEach: scaleEach,
            padValue: padValue)
    }

    /// The values between the bounds brought to 0...1.
    private func scaled(from range: ClosedRange<Double>?) throws -> Tensor {
        let low: Double = try range?.lowerBound ?? min().to(.float64).item()
        let high: Double = try range?.upperBound ?? max().to(.float64).item()
        // torchvision's bound, for pictures of one value.
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
