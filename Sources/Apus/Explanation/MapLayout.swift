internal import Torch

/// In which order a tensor of rank 4 has channels and places.
enum MapLayout {
    /// `[N, C, H, W]`, as convolutions have it.
    case channelsFirst
    /// `[N, H, W, C]`, as the layers of Swin transformers have it.
    case channelsLast
}

extension LayerRecorder.Output {
    /// The result as maps `[N, C, H, W]`, nil where it has no places.
    ///
    /// Tokens of a vision transformer, `[N, 1 + side², C]` or `[N, side², C]`, are put back into the square that they come
    /// from, without the class token, as pytorch-grad-cam's `reshape_transform` does.
    func maps(pictures: Int) throws -> Tensor? {
        try Self.maps(tensor, layout, pictures: pictures)
    }

    /// A gradient with respect to the result in the form of `maps`.
    func maps(ofGradient gradient: Tensor, pictures: Int) throws -> Tensor? {
        try Self.maps(gradient, layout, pictures: pictures)
    }

    private static func maps(_ tensor: Tensor, _ layout: MapLayout, pictures: Int) throws -> Tensor? {
        guard tensor.rank >= 3, tensor.size(0) == pictures, tensor.dtype.isFloatingPoint else { return nil }
        let tensor = try tensor.detach()
        switch tensor.rank {
        case 4: return layout == .channelsFirst ? tensor : try tensor.permute([0, 3, 1, 2])
        case 3:
            let tokens = tensor.size(1)
            let side = Int(Double(tokens).squareRoot())
            guard side > 1, side * side == tokens || side * side + 1 == tokens else { return nil }
            let places = side * side
            return try tensor.narrow(1, from: tokens - places, length: places).permute([0, 2, 1])
                .reshape([pictures, tensor.size(2), side, side])
        default: return nil
        }
    }
}

/// Follows the layout of tensors from operator to operator.
struct LayoutTracker {
    private var known: [TensorIdentity: MapLayout] = [:]
    /// That of the last tensor of rank 4: what a reshape makes of windows is as it was before they were cut.
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
