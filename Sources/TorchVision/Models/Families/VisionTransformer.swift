internal import Images
public import Torch
public import TorchNN

/// Vision transformers, as in torchvision (`vision_transformer.py`).
///
/// A. Dosovitskiy et al.: An Image is Worth 16x16 Words, 2020, arXiv:2010.11929. The weights called SWAG are from M.
/// Singh et al.: Revisiting Weakly Supervised Pre-Training of Visual Perception Models, 2022, arXiv:2201.08371.
///
/// A network has a position embedding for each patch, so it takes images of one size. As in torchvision, the head
/// starts with zeros, and there is no dropout.
public final class VisionTransformer: ImageNetwork {
    // In PyTorch the token is the network's own parameter, so it comes before all others.
    @Submodule("") private var token: ClassToken
    @Submodule("conv_proj") var projection: Conv2d
    let encoder: TransformerEncoder
    let heads: Sequential

    /// The side of the images, in pixels.
    public let imageSize: Int
    /// The number of features of a token.
    public let headInputs: Int

    /// Creates a new network.
    ///
    /// - Parameters:
    ///   - imageSize: The side of the images.
    ///   - patchSize: The side of a patch.
    ///   - size: The number of features of a token.
    ///   - hidden: The number of features between the two layers after attention.
    /// - Throws: `TorchError` for an image that cannot be split into whole patches, and if the memory is not available.
    init(
        imageSize: Int, patchSize: Int, layers: Int, heads headCount: Int, size: Int, hidden: Int, classes: Int
    ) throws {
        guard imageSize > 0, imageSize % patchSize == 0 else {
            throw TorchError(
                code: .invalidArgument,
                message: "images of \(imageSize) x \(imageSize) pixels cannot be split into patches of \(patchSize) x "
                    + "\(patchSize); the side must be a multiple of \(patchSize)")
        }
        self.imageSize = imageSize
        headInputs = size
        let projection = try Conv2d(3, size, kernelSize: Size2D(patchSize), stride: Size2D(patchSize))
        encoder = try TransformerEncoder(
            gridSize: imageSize / patchSize, layers: layers, heads: headCount, size: size, hidden: hidden)
        let head = try Linear(size, classes)
        heads = Sequential(named: [("head", head)])
        self.projection = projection
        token = try ClassToken(size)

        let inputs = 3 * patchSize * patchSize
        try Initialization.truncatedNormal(projection.weight, standardDeviation: (1 / Double(inputs)).squareRoot())
        for tensor in [projection.bias, head.weight, head.bias].compactMap({ $0 }) {
            try Initialization.constant(tensor, 0)
        }
    }

    /// `[N, 3, imageSize, imageSize]` to `[N, headInputs]`: the blocks' output for the class token.
    ///
    /// - Throws: `TorchError` for images of another size.
    public func extractFeatures(_ input: Tensor) throws -> Tensor {
        guard input.rank == 4, input.shape[2] == imageSize, input.shape[3] == imageSize else {
            let found = input.shape.suffix(2).reversed().map(String.init).joined(separator: " x ")
            throw TorchError(
                code: .invalidArgument,
                message: "this vision transformer takes images of \(imageSize) x \(imageSize) pixels, but got "
                    + "\(found); crop the images to its size, or create the network for their size")
        }
        let patches = try projection(input).flatten(from: 2).permute(dims: [0, 2, 1])
        return try encoder(token(patches)).select(dim: 1, index: 0)
    }

    /// The last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try heads(features) }

    /// The patch projection with class token and positions, each block, the last layer. The last normalization belongs
    /// to the last block.
    public var stages: [Stage] {
        let blocks = encoder.layers.namedChildren
        return [Stage("conv_proj", projection, token, encoder.positions)]
            + blocks.enumerated().map { index, block in
                Stage(
                    "encoder.layers.\(block.name)",
                    index == blocks.count - 1 ? [block.module, encoder.ln] : [block.module])
            }
            + [Stage("heads.head", heads[0])]
    }

    /// The first normalization of the last block, as pytorch-grad-cam recommends. After it, only the class token
    /// reaches the head.
    public var mapLayer: String? { encoder.layers.namedChildren.last.map { "encoder.layers.\($0.name).ln_1" } }

    /// Replaces `heads.head` with a new layer.
    public func replaceLastLayer(classes: Int) throws { heads[0] = try Linear(headInputs, classes) }

    /// Replaces `heads.head` with a module.
    public func putHead(_ module: any Module) { heads[0] = module }

    /// Renames the layers after attention in older files, and interpolates the positions for this network's image size,
    /// as torchvision's `interpolate_embeddings` does.
    public func adapt(_ state: StateDict) throws -> StateDict {
        StateDict(
            try state.map { name, tensor in
                if name == "encoder.pos_embedding" { return (name, try encoder.positions.interpolate(tensor)) }
                let name = name.replacing(".mlp.linear_1.", with: ".mlp.0.").replacing(
                    ".mlp.linear_2.", with: ".mlp.3.")
                return (name, tensor)
            })
    }
}

extension VisionTransformer {
    private static func architecture(
        _ name: String, _ summary: String, patchSize: Int, layers: Int, heads: Int, size: Int, parameterCount: Int,
        preprocessing: Preprocessing = .imageNet, weights: [PretrainedWeights]
    ) -> Architecture {
        Architecture(
            name, summary: "Vision transformer, \(summary), patches of \(patchSize) pixels, 2020",
            parameterCount: parameterCount, preprocessing: preprocessing, weights: weights,
            build: {
                try VisionTransformer(
                    imageSize: $0.imageSize ?? 224, patchSize: patchSize, layers: layers, heads: heads, size: size,
                    hidden: 4 * size, classes: $0.classes)
            })
    }

    /// Trained as a whole on larger images.
    private static func wholeSWAG(
        _ fileName: String, top1: Double, top5: Double, gigaflops: Double, side: Int
    ) -> PretrainedWeights {
        PretrainedWeights(
            "IMAGENET1K_SWAG_E2E_V1", fileName, top1: top1, top5: top5, gigaflops: gigaflops,
            preprocessing: .imageNet(resizeShortSide: side, cropSize: side, interpolation: .bicubic))
    }

    /// Only the last layer was trained on ImageNet.
    private static func linearSWAG(
        _ fileName: String, top1: Double, top5: Double, gigaflops: Double
    ) -> PretrainedWeights {
        PretrainedWeights(
            "IMAGENET1K_SWAG_LINEAR_V1", fileName, top1: top1, top5: top5, gigaflops: gigaflops,
            preprocessing: .imageNet(resizeShortSide: 224, interpolation: .bicubic))
    }

    static let architectures = [
        architecture(
            "vit_b_16", "base", patchSize: 16, layers: 12, heads: 12, size: 768, parameterCount: 86_567_656,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "vit_b_16-c867db91.pth", top1: 81.072, top5: 95.318, gigaflops: 17.564),
                wholeSWAG("vit_b_16_swag-9ac1b537.pth", top1: 85.304, top5: 97.65, gigaflops: 55.484, side: 384),
                linearSWAG("vit_b_16_lc_swag-4e70ced5.pth", top1: 81.886, top5: 96.18, gigaflops: 17.564),
            ]),
        architecture(
            "vit_b_32", "base", patchSize: 32, layers: 12, heads: 12, size: 768, parameterCount: 88_224_232,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "vit_b_32-d86f8d99.pth", top1: 75.912, top5: 92.466, gigaflops: 4.409)
            ]),
        architecture(
            "vit_l_16", "large", patchSize: 16, layers: 24, heads: 16, size: 1024, parameterCount: 304_326_632,
            preprocessing: .imageNet(resizeShortSide: 242),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "vit_l_16-852ce7e3.pth", top1: 79.662, top5: 94.638, gigaflops: 61.555,
                    preprocessing: .imageNet(resizeShortSide: 242)),
                wholeSWAG("vit_l_16_swag-4f3808c9.pth", top1: 88.064, top5: 98.512, gigaflops: 361.986, side: 512),
                linearSWAG("vit_l_16_lc_swag-4d563306.pth", top1: 85.146, top5: 97.422, gigaflops: 61.555),
            ]),
        architecture(
            "vit_l_32", "large", patchSize: 32, layers: 24, heads: 16, size: 1024, parameterCount: 306_535_400,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "vit_l_32-c7638314.pth", top1: 76.972, top5: 93.07, gigaflops: 15.378)
            ]),
        architecture(
            "vit_h_14", "huge", patchSize: 14, layers: 32, heads: 16, size: 1280, parameterCount: 632_045_800,
            preprocessing: .imageNet(resizeShortSide: 224, interpolation: .bicubic),
            weights: [
                wholeSWAG("vit_h_14_swag-80465313.pth", top1: 88.552, top5: 98.694, gigaflops: 1016.717, side: 518),
                linearSWAG("vit_h_14_lc_swag-c1eb923e.pth", top1: 85.708, top5: 97.73, gigaflops: 167.295),
            ]),
    ]
}

/// The class token, which collects the image's content, placed before the patch tokens.
private final class ClassToken: Module {
    @Parameter("class_token") var token: Tensor

    init(_ size: Int) throws { token = try Tensor.zeros([1, 1, size]) }

    /// `[N, patches, size]` to `[N, patches + 1, size]`.
    func forward(_ input: Tensor) throws -> Tensor {
        try Tensor.cat([token.expand([input.shape[0], -1, -1]), input], dim: 1)
    }
}

/// The position embedding of each token: `[1, 1 + grid², size]`, the class token's first.
final class PositionEmbedding: Module {
    @Parameter("pos_embedding") var positions: Tensor
    private let gridSize: Int

    init(gridSize: Int, size: Int) throws {
        self.gridSize = gridSize
        let tensor = try Tensor.empty([1, 1 + gridSize * gridSize, size])
        try Initialization.normal(tensor, standardDeviation: 0.02)
        positions = tensor
    }

    func forward(_ input: Tensor) throws -> Tensor { try input + positions }

    /// The positions of another grid converted to this one; other entries unchanged.
    func interpolate(_ tensor: Tensor) throws -> Tensor {
        guard tensor.rank == 3, tensor.shape != positions.shape, tensor.shape[0] == 1, tensor.shape[1] > 1 else {
            return tensor
        }
        let (count, size) = (tensor.shape[1] - 1, tensor.shape[2])
        let side = Int(Double(count).squareRoot())
        guard side * side == count, side != gridSize else { return tensor }
        return try withoutGradient {
            let tensor = try tensor.to(positions.dtype)
            let grid = try tensor.narrow(dim: 1, from: 1, length: count).permute(dims: [0, 2, 1]).reshape([
                1, size, side, side,
            ])
            let resized = try Operator.bicubic(grid, [gridSize, gridSize], true)
            return try Tensor.cat(
                [tensor.narrow(dim: 1, from: 0, length: 1), resized.flatten(from: 2).permute(dims: [0, 2, 1])], dim: 1)
        }
    }
}

extension Operator {
    fileprivate static let bicubic = Operator("aten::upsample_bicubic2d")
}

/// Positions, blocks, and a last normalization.
final class TransformerEncoder: Module {
    @Submodule("") var positions: PositionEmbedding
    let layers: Sequential
    let ln: LayerNorm

    init(gridSize: Int, layers count: Int, heads: Int, size: Int, hidden: Int) throws {
        let positions = try PositionEmbedding(gridSize: gridSize, size: size)
        layers = Sequential(
            named: try (0..<count).map {
                ("encoder_layer_\($0)", try EncoderBlock(size, heads: heads, hidden: hidden))
            })
        ln = try LayerNorm(size, epsilon: 1e-6)
        self.positions = positions
    }

    func forward(_ input: Tensor) throws -> Tensor { try ln(layers(positions(input))) }
}

/// Attention, then two layers for each token, each after a normalization and with a residual connection.
private final class EncoderBlock: Module {
    @Submodule("ln_1") var norm1: LayerNorm
    @Submodule("self_attention") var attention: MultiheadAttention
    @Submodule("ln_2") var norm2: LayerNorm
    let mlp: MLPBlock

    init(_ size: Int, heads: Int, hidden: Int) throws {
        let attention = try MultiheadAttention(size, heads: heads)
        mlp = try MLPBlock(size, hidden: hidden)
        norm1 = try LayerNorm(size, epsilon: 1e-6)
        self.attention = attention
        norm2 = try LayerNorm(size, epsilon: 1e-6)
    }

    func forward(_ input: Tensor) throws -> Tensor {
        let x = try input + attention(norm1(input))
        return try x + mlp(norm2(x))
    }
}

/// The two layers after attention, in a module whose state has changed its names.
private final class MLPBlock: VersionedModule {
    /// 2: the layers are called `0` and `3`, previously `linear_1` and `linear_2`.
    let stateVersion = 2
    @Submodule("") var layers: Sequential

    init(_ size: Int, hidden: Int) throws { layers = try makeTransformerMLP(size, hidden: hidden) }

    func forward(_ input: Tensor) throws -> Tensor { try layers(input) }
}
