public import Torch
public import TorchNN

/// MNASNet, as in torchvision (`mnasnet.py`).
///
/// M. Tan et al.: MnasNet: Platform-Aware Neural Architecture Search for Mobile, 2018, arXiv:1807.11626. This is the
/// authors' variant B1, without squeeze-and-excitation.
///
/// Files of torchvision's first version, for widths other than 1, have a stem with 32 and 16 channels at every width.
/// Loading such a file gives the network that stem.
public final class MNASNet: ImageNetwork, VersionedModule {
    let layers: Sequential
    let classifier: ClassifierHead
    /// 2, or 1 with the stem of torchvision's first version: the version in a PyTorch state dict.
    public private(set) var stateVersion = 2
    /// The channels of the stem's convolutions and of each of the six stacks.
    private let channels: [Int]

    /// Kernel, expansion, repetitions and first stride of each of the stacks.
    private static let stacks = [(3, 3, 3, 2), (5, 3, 3, 2), (5, 6, 3, 2), (3, 6, 2, 1), (5, 6, 4, 2), (3, 6, 1, 1)]

    /// The stem's channels in torchvision's first version.
    private static let firstStem = [32, 16]

    /// Creates a new network whose layers have `width` times the channels of the paper.
    public init(width: Double, classes: Int = 1000, dropout: Double = 0.2) throws {
        let channels = [32, 16, 24, 40, 80, 96, 192, 320].map { makeDivisible(Double($0) * width, by: 8) }
        self.channels = channels
        var layers = try Self.makeStem(channels[0], channels[1])
        for number in Self.stacks.indices { layers.append(try Self.makeStack(number, channels)) }
        layers += [try Conv2d(channels[7], 1280, kernelSize: 1, bias: false), try makeNorm(1280), ReLU()]
        self.layers = Sequential(layers)
        classifier = ClassifierHead(inputs: 1280, Dropout(dropout), try Linear(1280, classes))
        try initialize()
    }

    /// A convolution, then a depthwise one, then a 1 x 1 one.
    private static func makeStem(_ first: Int, _ second: Int) throws -> [any Module] {
        [
            try Conv2d(3, first, kernelSize: 3, stride: 2, padding: 1, bias: false), try makeNorm(first), ReLU(),
            try Conv2d(first, first, kernelSize: 3, padding: 1, groups: first, bias: false), try makeNorm(first),
            ReLU(),
            try Conv2d(first, second, kernelSize: 1, bias: false), try makeNorm(second),
        ]
    }

    private static func makeStack(_ number: Int, _ channels: [Int]) throws -> Sequential {
        let (kernelSize, expansion, count, stride) = stacks[number]
        let (inputs, outputs) = (channels[number + 1], channels[number + 2])
        return Sequential(
            try (0..<count).map { index in
                try InvertedResidual(
                    index == 0 ? inputs : outputs, outputs, kernelSize: kernelSize, stride: index == 0 ? stride : 1,
                    expansion: expansion)
            })
    }

    private func initialize() throws {
        for (_, module) in namedModules {
            switch module {
            case let layer as Conv2d:
                try Initialization.kaimingNormal(layer.weight, fan: .out)
            case let layer as Linear:
                // Kaiming initialization for a sigmoid, by the number of outputs.
                let bound = 3.squareRoot() / Double(layer.outputs).squareRoot()
                try withoutGradient { try layer.weight.fillUniform(from: -bound, to: bound) }
                if let bias = layer.bias { try Initialization.constant(bias, 0) }
            default: break
            }
        }
    }

    /// `[N, 3, H, W]` to `[N, 1280]`, the mean over positions.
    public func extractFeatures(_ input: Tensor) throws -> Tensor { try layers(input).mean(dims: [2, 3]) }

    /// Dropout and the last layer.
    public func classify(_ features: Tensor) throws -> Tensor { try classifier.classify(features) }

    /// The stem, each stack of blocks, the last convolution, the last layer.
    public var stages: [Stage] {
        [Stage("layers.0-7", (0..<8).map { layers[$0] })] + (8..<14).map { Stage("layers.\($0)", layers[$0]) }
            + [Stage("layers.14-15", layers[14], layers[15])] + classifier.stages()
    }

    /// 1,280.
    public var headInputs: Int { classifier.inputs }

    /// Replaces `classifier.1` with a new layer.
    public func replaceLastLayer(classes: Int) throws { try classifier.replaceLastLayer(classes: classes) }

    /// Replaces `classifier` with a module.
    public func putHead(_ module: any Module) { classifier.putHead(module) }

    /// The unchanged entries. The network gets their stem, with new weights.
    public func adapt(_ state: StateDict) throws -> StateDict {
        let own = Array(channels.prefix(2))
        guard own != Self.firstStem, let found = state["layers.0.weight"]
        else { return state }
        let version = found.shape.first == Self.firstStem[0] ? 1 : 2
        if version != stateVersion { try putStem(version == 1 ? Self.firstStem : own, version: version) }
        return state
    }

    /// Replaces the stem and the first stack after it, keeping mode and device.
    private func putStem(_ stem: [Int], version: Int) throws {
        let isTraining = (layers[1] as? BatchNorm2d)?.isTraining ?? true
        let fresh = try Self.makeStem(stem[0], stem[1]) + [Self.makeStack(0, stem + channels.dropFirst(2))]
        for (place, layer) in fresh.enumerated() {
            if let device = layers[place].parameters.first?.device { try layer.to(device) }
            layer.train(isTraining)
            layers[place] = layer
        }
        stateVersion = version
    }

    static let architectures = [
        Architecture(
            "mnasnet0_5", summary: "MNASNet, half as wide, 2018", parameterCount: 2_218_512,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "mnasnet0.5_top1_67.823-3ffadce67e.pth", top1: 67.734, top5: 87.49,
                    gigaflops: 0.104)
            ],
            build: { try MNASNet(width: 0.5, classes: $0.classes) }),
        Architecture(
            "mnasnet0_75", summary: "MNASNet, three quarters as wide, 2018", parameterCount: 3_170_208,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "mnasnet0_75-7090bc5f.pth", top1: 71.18, top5: 90.496, gigaflops: 0.215,
                    preprocessing: .imageNet(resizeShortSide: 232))
            ],
            build: { try MNASNet(width: 0.75, classes: $0.classes) }),
        Architecture(
            "mnasnet1_0", summary: "MNASNet, found by search for phones, 2018", parameterCount: 4_383_312,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "mnasnet1.0_top1_73.512-f206786ef8.pth", top1: 73.456, top5: 91.51,
                    gigaflops: 0.314)
            ],
            build: { try MNASNet(width: 1, classes: $0.classes) }),
        Architecture(
            "mnasnet1_3", summary: "MNASNet, 1.3 times as wide, 2018", parameterCount: 6_282_256,
            weights: [
                PretrainedWeights(
                    "IMAGENET1K_V1", "mnasnet1_3-a4c69d6f.pth", top1: 76.506, top5: 93.522, gigaflops: 0.526,
                    preprocessing: .imageNet(resizeShortSide: 232))
            ],
            build: { try MNASNet(width: 1.3, classes: $0.classes) }),
    ]
}

/// Expands with a 1 x 1 convolution, filters each channel separately, and reduces without an activation.
private final class InvertedResidual: Module {
    let layers: Sequential
    private let passesInput: Bool

    init(_ inputs: Int, _ outputs: Int, kernelSize: Int, stride: Int, expansion: Int) throws {
        let hidden = inputs * expansion
        layers = Sequential(
            try Conv2d(inputs, hidden, kernelSize: 1, bias: false), try makeNorm(hidden), ReLU(),
            try Conv2d(
                hidden, hidden, kernelSize: Size2D(kernelSize), stride: Size2D(stride),
                padding: Size2D(kernelSize / 2), groups: hidden, bias: false),
            try makeNorm(hidden), ReLU(),
            try Conv2d(hidden, outputs, kernelSize: 1, bias: false), try makeNorm(outputs))
        passesInput = stride == 1 && inputs == outputs
    }

    func forward(_ input: Tensor) throws -> Tensor {
        passesInput ? try layers(input) + input : try layers(input)
    }
}

/// The momentum of the running statistics is the paper's: an update keeps 0.9997 of the old value.
private func makeNorm(_ channels: Int) throws -> BatchNorm2d {
    try BatchNorm2d(channels, momentum: 1 - 0.9997)
}
