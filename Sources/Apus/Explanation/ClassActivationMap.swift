internal import Torch

extension Operator {
    fileprivate static let upsample = Operator("aten::upsample_bilinear2d")
    fileprivate static let singularValues = Operator("aten::linalg_svd")
    fileprivate static let greatest = Operator("aten::amax")
    fileprivate static let least = Operator("aten::amin")
}

/// The formulas of class activation maps, as pytorch-grad-cam 1.5.7 has them. Maps are `[C, h, w]`.
enum ClassActivationMap {
    /// Grad-CAM: the sum of the maps, each times the mean of its gradient.
    static func gradCAM(_ maps: Tensor, gradient: Tensor) throws -> Tensor {
        try weighted(maps, by: gradient.mean([1, 2]))
    }

    /// Grad-CAM++: equation 19 of the paper for the weights of places, with pytorch-grad-cam's bound against zero.
    static func gradCAMPlusPlus(_ maps: Tensor, gradient: Tensor) throws -> Tensor {
        let square = try gradient.pow(2)
        let sums = try maps.sum([1, 2], keepDimensions: true)
        let shares = try square / (square * 2 + sums * square * gradient + 1e-6)
        let zeros = try shares.zerosLike()
        let places = try Tensor.choose(where: gradient .== 0, zeros, shares)
        return try weighted(maps, by: (gradient.clamp(0, nil) * places).sum([1, 2]))
    }

    /// Eigen-CAM: the projection on the first right singular vector of the centred maps.
    ///
    /// The vector's sign is any; the one is taken that makes the strongest place positive, as pytorch-grad-cam's
    /// `get_2d_projection_with_sign_correction` does.
    static func eigenCAM(_ maps: Tensor) throws -> Tensor {
        let places = try maps.flatten(from: 1).transpose(0, 1)
        let centred = try places - places.mean([0], keepDimensions: true)
        let vectors = try Operator.singularValues.tensors(centred, false)[2]
        let projection = try centred.matmul(vectors[0])
        let (least, greatest) = (try projection.min(), try projection.max())
        let isNegative: Bool = try (least.abs() .> greatest.abs()).item()
        return try (isNegative ? -projection : projection).reshape([maps.size(1), maps.size(2)])
    }

    /// Score-CAM's masks: each map as large as the input, between 0 and 1, `[C, side, side]`.
    static func masks(_ maps: Tensor, side: Int) throws -> Tensor {
        let large = try Operator.upsample(maps.unsqueeze(0), [side, side], true)[0]
        let least = try Operator.least(large, [1, 2], true)
        let greatest = try Operator.greatest(large, [1, 2], true)
        return try (large - least) / (greatest - least + 1e-8)
    }

    /// The sum of the maps, each times its weight.
    static func weighted(_ maps: Tensor, by weights: Tensor) throws -> Tensor {
        try (maps * weights.reshape([-1, 1, 1])).sum([0])
    }

    /// What speaks for the class, brought to 0...1 and to the input's size, as pytorch-grad-cam does.
    static func scaled(_ map: Tensor, side: Int) throws -> Tensor {
        let large = try Operator.upsample(
            scaledToOne(map.clamp(0, nil)).reshape([1, 1, map.size(0), map.size(1)]), [side, side], false)
        return try scaledToOne(large[0, 0].clamp(0, nil))
    }

    private static func scaledToOne(_ map: Tensor) throws -> Tensor {
        let distance = try map - map.min()
        return try distance / (distance.max() + 1e-7)
    }
}
