public import Classifier
public import Images
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
        // Auxiliary heads and positions for larger images come on top of the parameters that are counted.
        self.weights = weights.map { weights in
            var weights = weights
            weights.file.maximumBytes = 8 * parameterCount + 64 << 20
            return weights
        }
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
    public func makeNetwork(classes: Int) throws -> any ImageNetwork {
        try makeNetwork(NetworkOptions(classes: classes))
    }

    /// What a network is made with that published weights, or a file of such, are loaded into.
    ///
    /// - Parameters:
    ///   - classes: the number of classes.
    ///   - imageSize: the side of the pictures, nil for the family's own.
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
