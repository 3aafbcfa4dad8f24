public import Torch
public import TorchNN

/// GoogLeNet, also called Inception v1, as in torchvision (`googlenet.py`).
///
/// C. Szegedy et al.: Going Deeper with Convolutions, 2014, arXiv:1409.4842. torchvision uses batch normalization
/// instead of local response normalization, and its "5 x 5" convolutions are 3 x 3 by mistake; its weights were trained
/// with them.
public final class GoogLeNet: AuxiliaryNetwork {
    private let transformsInput: Bool
    let conv1: InceptionConvolution
    let maxpool1 = MaxPool2d(3, stride: 2, ceilMode: true)
    let conv2: InceptionConvolution
    let conv3: InceptionConvolution
    let maxpool2 = MaxPool2d(3, stride: 2, ceilMode: true)
    let inception3a: Branches
    let inception3b: Branches
    let maxpool3 = MaxPool2d(3, stride: 2, ceilMode: true)
    let inception4a: Branches
    let inception4b: Branches
    let inception4c: Branches
    let inception4d: Branches
    let inception4e: Branches
    let maxpool4 = MaxPool2d(2, ceilMode: true)
    let inception5a: Branches
    let inception5b: Branches
    private let aux1: AuxiliaryHead?
    private let aux2: AuxiliaryHead?
    let avgpool = AdaptiveAvgPool2d(1)
    let dropout: Dropout
    var fc: any Module

    /// Creates a new network.
    ///
    /// - Parameters:
    ///   - classes: The number of classes.
    ///   - transformsInput: Whether the normalization of images is converted, as the published weights require.
    ///   - hasAuxiliaryHeads: Whether the network has its two auxiliary heads.
    ///   - dropout: The dropout probability before the last layer.
    ///   - auxiliaryDropout: The dropout probability before the last layer of each auxiliary head.
    public init(
        classes: Int = 1000, transformsInput: Bool = false, hasAuxiliaryHeads: Bool = true, dropout: Double = 0.2,
        auxiliaryDropout: Double = 0.7
    ) throws {
        self.transformsInput = transformsInput
        conv1 = try InceptionConvolution(3, 64, kernelSize: 7, stride: 2, padding: 3)
        conv2 = try InceptionConvolution(64, 64, kernelSize: 1)
        conv3 = try InceptionConvolution(64, 192, kernelSize: 3, padding: 1)
        // The paper's table 1.
        inception3a = try makeInception(192, 64, (96, 128), (16, 32), 32)
        inception3b = try makeInception(256, 128, (128, 192), (32, 96), 64)
        inception4a = try makeInception(480, 192, (96, 208), (16, 48), 64)
        inception4b = try makeInception(512, 160, (112, 224), (24, 64), 64)
        inception4c = try makeInception(512, 128, (128, 256), (24, 64), 64)
        inception4d = try makeInception(512, 112, (144, 288), (32, 64), 64)
        inception4e = try makeInception(528, 256, (160, 320), (32, 128), 128)
        inception5a = try makeInception(832, 256, (160, 320), (32, 128), 128)
        inception5b = try makeInception(832, 384, (192, 384), (48, 128), 128)
        aux1 = hasAuxiliaryHeads ? try AuxiliaryHead(512, classes: classes, dropout: auxiliaryDropout) : nil
        aux2 = hasAuxiliaryHeads ? try AuxiliaryHead(528, classes: classes, dropout: auxiliaryDropout) : nil
        self.dropout = Dropout(dropout)
        fc = try Linear(headInputs, classes)
        for (_, module) in namedModules {
            guard let weight = (module as? Conv2d)?.weight ?? (module as? Linear)?.weight else { continue }
            try Initialization.truncatedNormal(weight, mean: 0, standardDeviation: 0.01, from: -2, to: 2)
        }
    }

    /// `[N, 3, H, W]`, H and W at least 15, to `[N, 1024]`, the mean over positions.
    public func extractFeatures(_ input: Tensor) throws -> Tensor { try pass(input) { _, _ in } }

    /// Dropout and the last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try fc(dropout(features)) }

    /// The logits, and those of the two auxiliary heads, the later one first as in torchvision. Frozen heads are
    /// omitted.
    public func forwardWithAuxiliaries(
        _ input: Tensor
    ) throws -> (logits: Tensor, auxiliaries: [(logits: Tensor, weight: Double)]) {
        var auxiliaries: [(logits: Tensor, weight: Double)] = []
        let features = try pass(input) { head, values in
            guard let head, !head.trainableParameters.isEmpty else { return }
            // The paper's weight, in its section 5.
            auxiliaries.insert((try head(values), 0.3), at: 0)
        }
        return (try classify(features), auxiliaries)
    }

    /// Computes everything before the head; `visit` receives each auxiliary head and its input.
    private func pass(_ input: Tensor, _ visit: (AuxiliaryHead?, Tensor) throws -> Void) throws -> Tensor {
        var x = transformsInput ? try rescaleInput(input) : input
        x = try maxpool2(conv3(conv2(maxpool1(conv1(x)))))
        x = try maxpool3(inception3b(inception3a(x)))
        x = try inception4a(x)
        try visit(aux1, x)
        x = try inception4d(inception4c(inception4b(x)))
        try visit(aux2, x)
        x = try maxpool4(inception4e(x))
        return try avgpool(inception5b(inception5a(x))).flatten(from: 1)
    }

    /// The stem, the Inception blocks of each resolution, the last layer. Auxiliary heads belong to the blocks that
    /// provide their input, and are frozen with them.
    public var stages: [Stage] {
        let auxiliaries: [any Module] = [aux1, aux2].compactMap { $0 }
        return [
            Stage("stem", conv1, conv2, conv3), Stage("inception3", inception3a, inception3b),
            Stage("inception4", [inception4a, inception4b, inception4c, inception4d, inception4e] + auxiliaries),
            Stage("inception5", inception5a, inception5b), Stage("fc", fc),
        ]
    }

    /// 1,024.
    public let headInputs = 1024

    /// Whether the network has the two auxiliary heads.
    public var hasAuxiliaryHeads: Bool { aux1 != nil }

    /// Replaces `fc`, and `fc2` in each auxiliary head, with new layers.
    public func replaceLastLayer(classes: Int) throws {
        try replaceAuxiliaryHeads(classes: classes)
        fc = try Linear(headInputs, classes)
    }

    /// Replaces `fc2` in each auxiliary head with a new layer.
    public func replaceAuxiliaryHeads(classes: Int) throws {
        for head in [aux1, aux2] { try head?.replaceLastLayer(classes: classes) }
    }

    /// Replaces `fc` with a module, after the dropout.
    public func putHead(_ module: any Module) { fc = module }

    /// Removes the auxiliary heads if the network has none; the published weights contain them.
    public func adapt(_ state: StateDict) -> StateDict {
        hasAuxiliaryHeads ? state : state.filter { !$0.name.hasPrefix("aux1.") && !$0.name.hasPrefix("aux2.") }
    }

    static let architectures = [
        Architecture(
            "googlenet", summary: "GoogLeNet, the first Inception network, 2014", parameterCount: 13_004_888,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "googlenet-1378be20.pth", top1: 69.778, top5: 89.53, gigaflops: 1.498)
            ],
            adjustingPretrained: { ($0.transformsInput, $0.hasAuxiliaryHeads) = (true, false) },
            build: {
                try GoogLeNet(
                    classes: $0.classes, transformsInput: $0.transformsInput, hasAuxiliaryHeads: $0.hasAuxiliaryHeads)
            })
    ]
}

/// Four parallel branches: 1 x 1, 3 x 3 after a reduction, "5 x 5" (which is 3 x 3) after a reduction, and pooling.
private func makeInception(
    _ inputs: Int, _ point: Int, _ middle: (narrow: Int, wide: Int), _ large: (narrow: Int, wide: Int), _ pool: Int
) throws -> Branches {
    Branches([
        ("branch1", try InceptionConvolution(inputs, point, kernelSize: 1)),
        (
            "branch2",
            Sequential(
                try InceptionConvolution(inputs, middle.narrow, kernelSize: 1),
                try InceptionConvolution(middle.narrow, middle.wide, kernelSize: 3, padding: 1))
        ),
        (
            "branch3",
            Sequential(
                try InceptionConvolution(inputs, large.narrow, kernelSize: 1),
                try InceptionConvolution(large.narrow, large.wide, kernelSize: 3, padding: 1))
        ),
        (
            "branch4",
            Sequential(
                MaxPool2d(3, stride: 1, padding: 1, ceilMode: true),
                try InceptionConvolution(inputs, pool, kernelSize: 1))
        ),
    ])
}

/// An auxiliary classifier, `[N, C, H, W]` to `[N, classes]`.
private final class AuxiliaryHead: Module {
    let conv: InceptionConvolution
    let fc1: Linear
    private(set) var fc2: Linear
    let dropout: Dropout

    init(_ inputs: Int, classes: Int, dropout: Double) throws {
        conv = try InceptionConvolution(inputs, 128, kernelSize: 1)
        fc1 = try Linear(128 * 4 * 4, 1024)
        fc2 = try Linear(1024, classes)
        self.dropout = Dropout(dropout)
    }

    func forward(_ input: Tensor) throws -> Tensor {
        let x = try conv(AdaptiveAvgPool2d(4)(input)).flatten(from: 1)
        return try fc2(dropout(fc1(x).relu()))
    }

    func replaceLastLayer(classes: Int) throws { fc2 = try Linear(fc2.inputs, classes) }
}
