public import Torch
public import TorchNN

/// Inception v3, as in torchvision (`inception.py`).
///
/// C. Szegedy et al.: Rethinking the Inception Architecture for Computer Vision, 2015, arXiv:1512.00567. As in the
/// weights from TensorFlow, the auxiliary head follows the last block with 17 x 17 positions and uses batch
/// normalization.
public final class InceptionV3: AuxiliaryNetwork, ModuleContainer {
    private let transformsInput: Bool
    private let stem: Sequential
    private let mixed5: Sequential
    private let mixed6: Sequential
    private let auxiliary: AuxiliaryHead?
    private let mixed7: Sequential
    private let avgpool = AdaptiveAvgPool2d(1)
    private let dropout: Dropout
    private var fc: any Module

    /// Creates a new network.
    ///
    /// - Parameters:
    ///   - classes: The number of classes.
    ///   - transformsInput: Whether the normalization of images is converted, as the published weights require.
    ///   - hasAuxiliaryHeads: Whether the network has its auxiliary head.
    ///   - dropout: The dropout probability before the last layer.
    public init(
        classes: Int = 1000, transformsInput: Bool = false, hasAuxiliaryHeads: Bool = true, dropout: Double = 0.5
    ) throws {
        self.transformsInput = transformsInput
        stem = Sequential(named: [
            ("Conv2d_1a_3x3", try InceptionConvolution(3, 32, kernelSize: 3, stride: 2)),
            ("Conv2d_2a_3x3", try InceptionConvolution(32, 32, kernelSize: 3)),
            ("Conv2d_2b_3x3", try InceptionConvolution(32, 64, kernelSize: 3, padding: 1)),
            ("maxpool1", MaxPool2d(3, stride: 2)),
            ("Conv2d_3b_1x1", try InceptionConvolution(64, 80, kernelSize: 1)),
            ("Conv2d_4a_3x3", try InceptionConvolution(80, 192, kernelSize: 3)),
            ("maxpool2", MaxPool2d(3, stride: 2)),
        ])
        mixed5 = Sequential(named: [
            ("Mixed_5b", try makeBlockA(192, pool: 32)), ("Mixed_5c", try makeBlockA(256, pool: 64)),
            ("Mixed_5d", try makeBlockA(288, pool: 64)),
        ])
        mixed6 = Sequential(named: [
            ("Mixed_6a", try makeBlockB(288)), ("Mixed_6b", try makeBlockC(768, inner: 128)),
            ("Mixed_6c", try makeBlockC(768, inner: 160)), ("Mixed_6d", try makeBlockC(768, inner: 160)),
            ("Mixed_6e", try makeBlockC(768, inner: 192)),
        ])
        auxiliary = hasAuxiliaryHeads ? try AuxiliaryHead(768, classes: classes) : nil
        mixed7 = Sequential(named: [
            ("Mixed_7a", try makeBlockD(768)), ("Mixed_7b", try makeBlockE(1280)), ("Mixed_7c", try makeBlockE(2048)),
        ])
        self.dropout = Dropout(dropout)
        fc = try Linear(headInputs, classes)
        for (_, module) in namedModules {
            guard let weight = (module as? Conv2d)?.weight ?? (module as? Linear)?.weight else { continue }
            // torchvision intends 0.01 for the auxiliary head's second convolution, but its initializer does not use
            // it.
            let deviation = module === auxiliary?.fc ? 0.001 : 0.1
            try Initialization.truncatedNormal(weight, mean: 0, standardDeviation: deviation, from: -2, to: 2)
        }
    }

    /// The parts with torchvision's names, which are all on one level.
    public var namedChildren: [(name: String, module: any Module)] {
        var children: [(name: String, module: any Module)] = [("", stem), ("", mixed5), ("", mixed6)]
        if let auxiliary { children.append(("AuxLogits", auxiliary)) }
        return children + [("", mixed7), ("avgpool", avgpool), ("dropout", dropout), ("fc", fc)]
    }

    /// `[N, 3, H, W]`, H and W at least 75, to `[N, 2048]`, the mean over positions.
    public func extractFeatures(_ input: Tensor) throws -> Tensor { try finish(begin(input)) }

    /// Dropout and the last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try fc(dropout(features)) }

    /// The logits, and those of the auxiliary head unless it is frozen.
    ///
    /// - Throws: `TorchError` for images smaller than 299 x 299, which are too small for the auxiliary head.
    public func forwardWithAuxiliaries(
        _ input: Tensor
    ) throws -> (logits: Tensor, auxiliaries: [(logits: Tensor, weight: Double)]) {
        let middle = try begin(input)
        var auxiliaries: [(logits: Tensor, weight: Double)] = []
        if let auxiliary, !auxiliary.trainableParameters.isEmpty {
            // The weight in PyTorch's tutorial on fine-tuning.
            auxiliaries.append((try auxiliary(middle), 0.4))
        }
        return (try classify(finish(middle)), auxiliaries)
    }

    /// The input of the auxiliary head.
    private func begin(_ input: Tensor) throws -> Tensor {
        try mixed6(mixed5(stem(transformsInput ? rescaleInput(input) : input)))
    }

    private func finish(_ middle: Tensor) throws -> Tensor { try avgpool(mixed7(middle)).flatten(from: 1) }

    /// The stem, the Inception blocks of each resolution, the last layer. The auxiliary head belongs to the blocks that
    /// provide its input, and is frozen with them.
    public var stages: [Stage] {
        let middle: [(any Module)?] = [mixed6, auxiliary]
        return [
            Stage("stem", stem), Stage("Mixed_5", mixed5), Stage("Mixed_6", middle.compactMap { $0 }),
            Stage("Mixed_7", mixed7), Stage("fc", fc),
        ]
    }

    /// 2,048.
    public let headInputs = 2048

    /// Whether the network has the auxiliary head.
    public var hasAuxiliaryHeads: Bool { auxiliary != nil }

    /// Replaces `fc` and `AuxLogits.fc` with new layers.
    public func replaceLastLayer(classes: Int) throws {
        try replaceAuxiliaryHeads(classes: classes)
        fc = try Linear(headInputs, classes)
    }

    /// Replaces `AuxLogits.fc` with a new layer.
    public func replaceAuxiliaryHeads(classes: Int) throws { try auxiliary?.replaceLastLayer(classes: classes) }

    /// Replaces `fc` with a module, after the dropout.
    public func putHead(_ module: any Module) { fc = module }

    /// Removes the auxiliary head if the network has none; the published weights contain it.
    public func adapt(_ state: StateDict) -> StateDict {
        hasAuxiliaryHeads ? state : state.filter { !$0.name.hasPrefix("AuxLogits.") }
    }

    static let architectures = [
        Architecture(
            "inception_v3", summary: "Inception v3, for images of 299 x 299, 2015", parameterCount: 27_161_264,
            preprocessing: .imageNet(resizeShortSide: 342, cropSize: 299),
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "inception_v3_google-0cc3c7bd.pth", top1: 77.294, top5: 93.45, gigaflops: 5.713,
                    preprocessing: .imageNet(resizeShortSide: 342, cropSize: 299))
            ],
            adjustingPretrained: { $0.transformsInput = true },
            build: {
                try InceptionV3(
                    classes: $0.classes, transformsInput: $0.transformsInput, hasAuxiliaryHeads: $0.hasAuxiliaryHeads)
            })
    ]
}

/// A convolution that keeps the size.
private func makeConvolution(_ inputs: Int, _ outputs: Int, _ kernelSize: Size2D) throws -> InceptionConvolution {
    try InceptionConvolution(
        inputs, outputs, kernelSize: kernelSize, padding: Size2D(kernelSize.height / 2, kernelSize.width / 2))
}

/// A 3 x 3 convolution that halves the size.
private func makeHalving(_ inputs: Int, _ outputs: Int) throws -> InceptionConvolution {
    try InceptionConvolution(inputs, outputs, kernelSize: 3, stride: 2)
}

/// Modules in sequence whose names are siblings of their parent's other children: `name_1`, `name_2`, …
private func makeChain(_ name: String, _ modules: any Module...) -> (name: String, module: any Module) {
    ("", Sequential(named: zip(1..., modules).map { ("\(name)_\($0)", $1) }))
}

/// Average pooling over the neighbors, then a 1 x 1 convolution.
private func makePoolBranch(_ inputs: Int, _ outputs: Int) throws -> (name: String, module: any Module) {
    let layers: [(name: String, module: any Module)] = [
        ("", AvgPool2d(3, stride: 1, padding: 1)), ("branch_pool", try makeConvolution(inputs, outputs, 1)),
    ]
    return ("", Sequential(named: layers))
}

/// The paper's figure 5, with an undivided 5 x 5 convolution.
private func makeBlockA(_ inputs: Int, pool: Int) throws -> Branches {
    Branches([
        ("branch1x1", try makeConvolution(inputs, 64, 1)),
        makeChain("branch5x5", try makeConvolution(inputs, 48, 1), try makeConvolution(48, 64, 5)),
        makeChain(
            "branch3x3dbl", try makeConvolution(inputs, 64, 1), try makeConvolution(64, 96, 3),
            try makeConvolution(96, 96, 3)),
        try makePoolBranch(inputs, pool),
    ])
}

/// From 35 x 35 to 17 x 17 positions: the paper's figure 10.
private func makeBlockB(_ inputs: Int) throws -> Branches {
    Branches([
        ("branch3x3", try makeHalving(inputs, 384)),
        makeChain(
            "branch3x3dbl", try makeConvolution(inputs, 64, 1), try makeConvolution(64, 96, 3),
            try makeHalving(96, 96)),
        ("", MaxPool2d(3, stride: 2)),
    ])
}

/// Rows and columns instead of 7 x 7 convolutions: the paper's figure 6.
private func makeBlockC(_ inputs: Int, inner: Int) throws -> Branches {
    let (row, column) = (Size2D(1, 7), Size2D(7, 1))
    return Branches([
        ("branch1x1", try makeConvolution(inputs, 192, 1)),
        makeChain(
            "branch7x7", try makeConvolution(inputs, inner, 1), try makeConvolution(inner, inner, row),
            try makeConvolution(inner, 192, column)),
        makeChain(
            "branch7x7dbl", try makeConvolution(inputs, inner, 1), try makeConvolution(inner, inner, column),
            try makeConvolution(inner, inner, row), try makeConvolution(inner, inner, column),
            try makeConvolution(inner, 192, row)),
        try makePoolBranch(inputs, 192),
    ])
}

/// From 17 x 17 to 8 x 8 positions.
private func makeBlockD(_ inputs: Int) throws -> Branches {
    Branches([
        makeChain("branch3x3", try makeConvolution(inputs, 192, 1), try makeHalving(192, 320)),
        makeChain(
            "branch7x7x3", try makeConvolution(inputs, 192, 1), try makeConvolution(192, 192, Size2D(1, 7)),
            try makeConvolution(192, 192, Size2D(7, 1)), try makeHalving(192, 192)),
        ("", MaxPool2d(3, stride: 2)),
    ])
}

/// A row and a column in parallel instead of 3 x 3 convolutions: the paper's figure 7.
private func makeBlockE(_ inputs: Int) throws -> Branches {
    func fork(_ name: String) throws -> (name: String, module: any Module) {
        let sides: [(name: String, module: any Module)] = [
            ("\(name)a", try makeConvolution(384, 384, Size2D(1, 3))),
            ("\(name)b", try makeConvolution(384, 384, Size2D(3, 1))),
        ]
        return ("", Branches(sides))
    }
    return Branches([
        ("branch1x1", try makeConvolution(inputs, 320, 1)),
        (
            "",
            Sequential(named: [
                ("branch3x3_1", try makeConvolution(inputs, 384, 1)), try fork("branch3x3_2"),
            ])
        ),
        (
            "",
            Sequential(named: [
                ("branch3x3dbl_1", try makeConvolution(inputs, 448, 1)),
                ("branch3x3dbl_2", try makeConvolution(448, 384, 3)), try fork("branch3x3dbl_3"),
            ])
        ),
        try makePoolBranch(inputs, 192),
    ])
}

/// An auxiliary classifier, `[N, 768, H, W]`, H and W at least 17, to `[N, classes]`.
private final class AuxiliaryHead: Module {
    let conv0: InceptionConvolution
    let conv1: InceptionConvolution
    private(set) var fc: Linear

    init(_ inputs: Int, classes: Int) throws {
        conv0 = try InceptionConvolution(inputs, 128, kernelSize: 1)
        conv1 = try InceptionConvolution(128, 768, kernelSize: 5)
        fc = try Linear(768, classes)
    }

    func forward(_ input: Tensor) throws -> Tensor {
        guard input.shape[2] >= 17, input.shape[3] >= 17 else {
            throw TorchError(
                code: .invalidArgument,
                message: "training with Inception's auxiliary head needs images of at least 299 x 299; use "
                    + "larger images",
                operatorName: "aten::avg_pool2d", arguments: ["\(input.dtype.name)\(input.shape)"])
        }
        let x = try conv1(conv0(AvgPool2d(5, stride: 3)(input)))
        return try fc(AdaptiveAvgPool2d(1)(x).flatten(from: 1))
    }

    func replaceLastLayer(classes: Int) throws { fc = try Linear(fc.inputs, classes) }
}
