internal import Torch

extension Operator {
    fileprivate static let upsample = Operator("aten::upsample_bilinear2d")
}

/// The formulas of class activation maps, as in pytorch-grad-cam 1.5.7. Maps are `[C, h, w]`.
enum ClassActivationMap {
    /// Grad-CAM: the sum of the maps, each weighted by the mean of its gradient.
    static func gradCAM(_ maps: Tensor, gradient: Tensor) throws -> Tensor {
        try weighted(maps, by: gradient.mean(dims: [1, 2]))
    }

    /// Grad-CAM++: the weights of positions by equation 19 of the paper, with pytorch-grad-cam's epsilon.
    static func gradCAMPlusPlus(_ maps: Tensor, gradient: Tensor) throws -> Tensor {
        let square = try gradient.pow(2)
        let sums = try maps.sum(dims: [1, 2], keepDim: true)
        let shares = try square / (square * 2 + sums * square * gradient + 1e-6)
        let zeros = try shares.zerosLike()
        let places = try Tensor.where(gradient .== 0, zeros, shares)
        return try weighted(maps, by: (gradient.clamp(min: 0) * places).sum(dims: [1, 2]))
    }

    /// Eigen-CAM: the projection on the first right singular vector of the centered maps.
    ///
    /// The sign is chosen so that the strongest position is positive, as in pytorch-grad-cam's
    /// `get_2d_projection_with_sign_correction`.
    static func eigenCAM(_ maps: Tensor) throws -> Tensor {
        let places = try maps.flatten(from: 1).transpose(0, 1)
        let centered = try places - places.mean(dim: 0, keepDim: true)
        let vectors = try centered.svd(fullMatrices: false).vh
        let projection = try centered.matmul(vectors[0])
        let (least, greatest) = (try projection.min(), try projection.max())
        let isNegative: Bool = try (least.abs() .> greatest.abs()).item()
        return try (isNegative ? -projection : projection).reshape([maps.shape[1], maps.shape[2]])
    }

    /// Score-CAM: the masks `[C, side, side]`, each map resized to the input and scaled to 0...1.
    static func masks(_ maps: Tensor, side: Int) throws -> Tensor {
        let large = try Operator.upsample(maps.unsqueeze(dim: 0), [side, side], true)[0]
        let least = try large.min(dims: [1, 2], keepDim: true)
        let greatest = try large.max(dims: [1, 2], keepDim: true)
        return try (large - least) / (greatest - least + 1e-8)
    }

    /// Returns the weighted sum of the maps.
    static func weighted(_ maps: Tensor, by weights: Tensor) throws -> Tensor {
        try (maps * weights.reshape([-1, 1, 1])).sum(dim: 0)
    }

    /// Returns the positive part of a map, scaled to 0...1 and resized to the input, as in pytorch-grad-cam.
    static func scaled(_ map: Tensor, side: Int) throws -> Tensor {
        let large = try Operator.upsample(
            scaledToOne(map.clamp(min: 0)).reshape([1, 1, map.shape[0], map.shape[1]]), [side, side], false)
        return try scaledToOne(large[0, 0].clamp(min: 0))
    }

    private static func scaledToOne(_ map: Tensor) throws -> Tensor {
        let distance = try map - map.min()
        return try distance / (distance.max() + 1e-7)
    }
}

/// The order of the dimensions of a tensor of rank 4.
enum MapLayout {
    /// `[N, C, H, W]`, as in convolutions.
    case channelsFirst
    /// `[N, H, W, C]`, as in Swin transformers.
    case channelsLast
}

extension LayerRecorder.Output {
    /// Returns the output as maps `[N, C, H, W]`, nil if it has no spatial dimensions.
    ///
    /// Tokens of a vision transformer, `[N, 1 + side², C]` or `[N, side², C]`, are arranged as a square, without the
    /// class token, like pytorch-grad-cam's `reshape_transform`.
    func maps(images: Int) throws -> Tensor? {
        try Self.maps(tensor, layout, images: images)
    }

    /// Returns a gradient with respect to the output, arranged like `maps`.
    func maps(ofGradient gradient: Tensor, images: Int) throws -> Tensor? {
        try Self.maps(gradient, layout, images: images)
    }

    private static func maps(_ tensor: Tensor, _ layout: MapLayout, images: Int) throws -> Tensor? {
        guard tensor.rank >= 3, tensor.shape[0] == images, tensor.dtype.isFloatingPoint else { return nil }
        let tensor = try tensor.detach()
        switch tensor.rank {
        case 4: return layout == .channelsFirst ? tensor : try tensor.permute(dims: [0, 3, 1, 2])
        case 3:
            let tokens = tensor.shape[1]
            let side = Int(Double(tokens).squareRoot())
            guard side > 1, side * side == tokens || side * side + 1 == tokens else { return nil }
            let places = side * side
            return try tensor.narrow(dim: 1, from: tokens - places, length: places).permute(dims: [0, 2, 1])
                .reshape([images, tensor.shape[2], side, side])
        default: return nil
        }
    }
}

/// Tracks the layout of tensors through operators.
struct LayoutTracker {
    private var known: [TensorIdentity: MapLayout] = [:]
    /// The layout of the last tensor of rank 4. A reshape of windows restores the layout before the windows were cut.
    private var latest = MapLayout.channelsFirst

    mutating func see(_ call: OperatorCall) {
        for result in call.results where result.rank == 4 {
            let layout = layout(ofResult: call)
            known[result.identity] = layout
            latest = layout
        }
    }

    func layout(of tensor: Tensor) -> MapLayout { known[tensor.identity] ?? latest }

    private func layout(ofResult call: OperatorCall) -> MapLayout {
        let name = call.name.split(separator: ".").first.map(String.init) ?? call.name
        if name == "aten::permute", case .ints(let order)? = call.arguments.dropFirst().first {
            switch order {
            case [0, 2, 3, 1]: return .channelsLast
            case [0, 3, 1, 2]: return .channelsFirst
            default: break
            }
        }
        if name.contains("conv2d") || name.contains("batch_norm") || name.contains("pool2d") { return .channelsFirst }
        if name == "aten::layer_norm" || name == "aten::linear" { return .channelsLast }
        for case .tensor(let argument) in call.arguments where argument.rank == 4 {
            if let layout = known[argument.identity] { return layout }
        }
        return latest
    }
}
