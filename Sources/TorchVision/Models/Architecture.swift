internal import TorchNN

/// A network that can be asked for by name, with the weights that are published for it.
public struct Architecture: Sendable {
    /// The name, torchvision's where it has the network.
    public let name: String
    /// The family that it belongs to, `ResNet`.
    public private(set) var family = ""
    /// One line for people: what it is.
    public let summary: String
    /// The published weights. A plain name asks for the first, as torchvision's `pretrained=True` does.
    public let weights: [PretrainedWeights]
    /// Which of the weights torchvision calls `DEFAULT`.
    public let defaultWeights: String?
    /// How pictures are prepared where no weights tell.
    public let preprocessing: Preprocessing
    /// The number of parameters with the original number of classes; 0 for a network of one's own, which has none.
    public let parameterCount: Int
    /// The text that describes a network of one's own; nil for those of a program.
    public internal(set) var networkDescription: NetworkDescription?
    /// Whether it is a network of one's own: one that `all` lacks, and that has no published weights.
    public internal(set) var isOwn = false
    private let pretrainedOptions: NetworkOptions
    private let build: @Sendable (NetworkOptions) throws -> any ImageNetwork

    /// A network of `classes` where that is not 1,000; `adjustingPretrained` tells what else published weights want.
    init(
        _ name: String, summary: String, parameterCount: Int, preprocessing: Preprocessing = .imageNet,
        weights: [PretrainedWeights] = [], defaultWeights: String? = nil,
        adjustingPretrained adjust: (inout NetworkOptions) -> Void = { _ in },
        build: @escaping @Sendable (NetworkOptions) throws -> any ImageNetwork
    ) {
        self.name = name
        self.summary = summary
        self.parameterCount = parameterCount
        self.preprocessing = preprocessing
        self.weights = weights
        self.defaultWeights = defaultWeights ?? weights.first?.name
        var options = NetworkOptions(classes: ImageNetClasses.count)
        adjust(&options)
        pretrainedOptions = options
        self.build = build
    }

    /// A freshly initialised network, by LibTorch's generator.
    ///
    /// - Throws: `HeadError` for a head that does not fit, `TorchError` where the memory is not to be had.
    public func makeNetwork(_ options: NetworkOptions) throws -> any ImageNetwork {
        let network = try build(options)
        if options.head != .lastLayer { try network.replaceHead(options.head, classes: options.classes) }
        return network
    }

    /// A freshly initialised network with the family's own choices.
    public func makeNetwork(classes: Int) throws -> any ImageNetwork { try makeNetwork(NetworkOptions(classes: classes)) }

    /// What a network is made with that published weights, or a file of such, are loaded into.
    ///
    /// - Parameter imageSize: the side of the pictures, nil for the family's own.
    public func pretrainedOptions(classes: Int, imageSize: Int? = nil) -> NetworkOptions {
        var options = pretrainedOptions
        (options.classes, options.imageSize) = (classes, imageSize)
        return options
    }

    /// All networks, family by family.
    public static let all: [Architecture] = [
        ("AlexNet", AlexNet.architectures),
        ("VGG", VGG.architectures),
        ("ResNet", ResNet.architectures),
        ("DenseNet", DenseNet.architectures),
        ("GoogLeNet", GoogLeNet.architectures),
        ("Inception", InceptionV3.architectures),
        ("MNASNet", MNASNet.architectures),
        ("MobileNetV2", MobileNetV2.architectures),
        ("MobileNetV3", MobileNetV3.architectures),
        ("ShuffleNetV2", ShuffleNetV2.architectures),
        ("SqueezeNet", SqueezeNet.architectures),
        ("EfficientNet", EfficientNet.architectures),
        ("RegNet", RegNet.architectures),
        ("ConvNeXt", ConvNeXt.architectures),
        ("Vision transformer", VisionTransformer.architectures),
        ("Swin transformer", SwinTransformer.architectures),
        ("small", SmallCNN.architectures),
    ].flatMap { family, architectures in
        architectures.map { architecture in
            var architecture = architecture
            architecture.family = family
            return architecture
        }
    }

    /// The network of that name, nil where there is none.
    public static func named(_ name: String) -> Architecture? { all.first { $0.name == name } }
}

/// Published weights as one value: where they lie, how pictures are prepared for them, and how good they are.
///
/// It follows torchvision's `Weights` enumerations.
public struct PretrainedWeights: Sendable {
    /// The name in torchvision's enumeration, `IMAGENET1K_V1`.
    public let name: String
    /// Address, file name and SHA-256.
    public let file: WeightsFile
    /// How pictures are prepared.
    public let preprocessing: Preprocessing
    /// Published accuracy on ImageNet's validation set, in percent; nil where the classifier is not usable.
    public let accuracy: (top1: Double, top5: Double)?
    /// Multiply-adds for one picture, in thousand millions.
    public let gigaflops: Double

    init(
        _ name: String, _ fileName: String, top1: Double? = nil, top5: Double? = nil, gigaflops: Double,
        preprocessing: Preprocessing = .imageNet
    ) {
        self.name = name
        file = WeightsFile(url: "https://download.pytorch.org/models/\(fileName)")
        self.preprocessing = preprocessing
        accuracy = top1.flatMap { top1 in top5.map { (top1, $0) } }
        self.gigaflops = gigaflops
    }
}

/// A network and a choice of its weights, as people write it: `resnet50`, `resnet50:IMAGENET1K_V2`, `resnet50:DEFAULT`.
public struct ModelReference: Sendable, CustomStringConvertible {
    /// The network.
    public let architecture: Architecture
    /// The chosen weights; nil for a network that has none published.
    public let weights: PretrainedWeights?

    /// A network with the first of its published weights, where it has any: one of your own program has none.
    public init(_ architecture: Architecture) {
        (self.architecture, weights) = (architecture, architecture.weights.first)
    }

    /// Reads the notation, or the file that describes a network where the text is the path of one.
    ///
    /// - Throws: `ModelReferenceError` for a name that does not exist, with those that do, and for a file that
    ///   describes no network.
    public init(_ text: String) throws(ModelReferenceError) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard let name = parts.first, let architecture = Architecture.named(name) else {
            if let described = try Architecture(describedAt: text) {
                (self.architecture, weights) = (described, nil)
                return
            }
            let names = Architecture.all.map(\.name).joined(separator: ", ")
            throw ModelReferenceError(description: "no network is called '\(text)'; there are \(names)")
        }
        self.architecture = architecture
        guard parts.count == 2 else {
            weights = architecture.weights.first
            return
        }
        let wanted = parts[1] == "DEFAULT" ? architecture.defaultWeights : parts[1]
        guard let weights = architecture.weights.first(where: { $0.name == wanted }) else {
            let names = (architecture.weights.map(\.name) + ["DEFAULT"]).joined(separator: ", ")
            throw ModelReferenceError(
                description: architecture.weights.isEmpty
                    ? "no weights are published for \(name)"
                    : "\(name) has no weights called '\(parts[1])'; there are \(names)")
        }
        self.weights = weights
    }

    /// The notation.
    public var description: String { weights.map { "\(architecture.name):\($0.name)" } ?? architecture.name }
}

/// A name of a network or of its weights that does not exist.
public struct ModelReferenceError: Error, Sendable, CustomStringConvertible {
    /// What was asked for and what there is.
    public let description: String
}
