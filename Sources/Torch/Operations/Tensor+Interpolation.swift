extension Operator {
    fileprivate static let nearest1d = Operator("aten::upsample_nearest1d.vec")
    fileprivate static let nearest2d = Operator("aten::upsample_nearest2d.vec")
    fileprivate static let nearest3d = Operator("aten::upsample_nearest3d.vec")
    fileprivate static let linear = Operator("aten::upsample_linear1d.vec")
    fileprivate static let bilinear = Operator("aten::upsample_bilinear2d.vec")
    fileprivate static let bilinearAntialiased = Operator("aten::_upsample_bilinear2d_aa.vec")
    fileprivate static let bicubic = Operator("aten::upsample_bicubic2d.vec")
    fileprivate static let bicubicAntialiased = Operator("aten::_upsample_bicubic2d_aa.vec")
    fileprivate static let trilinear = Operator("aten::upsample_trilinear3d.vec")
}

extension Tensor {
    /// How `interpolate` computes new elements.
    public enum InterpolationMode: String, Sendable {
        /// The nearest element, for `[N, C, L]`, `[N, C, H, W]` and `[N, C, D, H, W]`.
        case nearest
        /// Linear, for `[N, C, L]`.
        case linear
        /// Linear in both directions, for `[N, C, H, W]`.
        case bilinear
        /// Cubic in both directions, for `[N, C, H, W]`.
        case bicubic
        /// Linear in three directions, for `[N, C, D, H, W]`.
        case trilinear
    }

    /// Resizes the tensor: `[N, C, H, W]` gives `[N, C] + size` (`torch.nn.functional.interpolate`).
    ///
    /// - Parameters:
    ///   - size: One size for each dimension after the first two.
    ///   - mode: How new elements are computed.
    ///   - alignCorners: Whether the centers of the corner elements are aligned; not for `nearest`.
    ///   - antialias: Whether to smooth before downsampling; only for `bilinear` and `bicubic`.
    public func interpolate(
        size: [Int], mode: InterpolationMode = .nearest, alignCorners: Bool = false, antialias: Bool = false
    ) throws -> Tensor {
        guard size.count == rank - 2 else {
            throw TorchError(
                code: .invalidArgument,
                message: "\(summary) has \(Swift.max(rank - 2, 0)) dimensions to interpolate, not \(size.count)",
                operatorName: "interpolate")
        }
        return try interpolate(size, nil, mode, alignCorners, antialias)
    }

    /// Resizes the tensor by a factor: `[N, C, H, W]` by 2 gives `[N, C, 2 * H, 2 * W]`
    /// (`torch.nn.functional.interpolate`).
    ///
    /// - Parameters:
    ///   - scale: The factor for all dimensions after the first two.
    ///   - mode: How new elements are computed.
    ///   - alignCorners: Whether the centers of the corner elements are aligned; not for `nearest`.
    ///   - antialias: Whether to smooth before downsampling; only for `bilinear` and `bicubic`.
    public func interpolate(
        scale: Double, mode: InterpolationMode = .nearest, alignCorners: Bool = false, antialias: Bool = false
    ) throws -> Tensor {
        try interpolate(nil, Array(repeating: scale, count: Swift.max(rank - 2, 0)), mode, alignCorners, antialias)
    }

    private func interpolate(
        _ size: [Int]?, _ scales: [Double]?, _ mode: InterpolationMode, _ alignCorners: Bool, _ antialias: Bool
    ) throws -> Tensor {
        switch (mode, rank, antialias) {
        case (.nearest, 3, false): try Operator.nearest1d(self, size, scales)
        case (.nearest, 4, false): try Operator.nearest2d(self, size, scales)
        case (.nearest, 5, false): try Operator.nearest3d(self, size, scales)
        case (.linear, 3, false): try Operator.linear(self, size, alignCorners, scales)
        case (.bilinear, 4, false): try Operator.bilinear(self, size, alignCorners, scales)
        case (.bilinear, 4, true): try Operator.bilinearAntialiased(self, size, alignCorners, scales)
        case (.bicubic, 4, false): try Operator.bicubic(self, size, alignCorners, scales)
        case (.bicubic, 4, true): try Operator.bicubicAntialiased(self, size, alignCorners, scales)
        case (.trilinear, 5, false): try Operator.trilinear(self, size, alignCorners, scales)
        default:
            throw TorchError(
                code: .invalidArgument,
                message: "mode \(mode)\(antialias ? " with antialias" : "") does not interpolate \(summary)",
                operatorName: "interpolate")
        }
    }
}
