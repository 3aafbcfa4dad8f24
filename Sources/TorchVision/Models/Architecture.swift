public import Classifier
public import Images
internal import TorchNN

/// A network that is available by name, with its published weights.
public struct Architecture: Sendable {
    /// The name; torchvision's if it has the network.
    public let name: String
    /// The family of the network, such as `ResNet`.
    public private(set) var family = ""
    /// A one-line description for users.
    public let summary: String
    /// The published weights. A plain name selects the first, as torchvision's `pretrained=True` does.
    public let weights: [PretrainedWeights]
    /// The name of the weights that torchvision calls `DEFAULT`.
    public let defaultWeights: String?
    /// The preprocessing without weights.
    public let preprocessing: Preprocessing
    /// The number of parameters with the original number of classes; 0 for a custom network.
    public let parameterCount: Int
    /// The text that describes a custom network; nil for networks of a program.
    public internal(set) var networkDescription: NetworkDescription?
    /// Whether it is a custom network: one that is not in `all`, without published weights.
    public internal(set) var isOwn = false
    private let pretrainedOptions: NetworkOptions
    private let build: @Sendable (NetworkOptions) throws -> any ImageNetwork

    /// Creates a network for `classes`, by default 1,000. `adjustingPretrained` changes the options for published
    /// weights.
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
        // Auxiliary heads and positions for larger images add parameters to this number.
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

    /// Creates a freshly initialized network with LibTorch's generator.
    ///
    /// - Throws: `HeadError` for a head that does not match; `TorchError` if the memory is not available.
    public func makeNetwork(_ options: NetworkOptions) throws -> any ImageNetwork {
        let network = try build(options)
        if options.head != .lastLayer { try network.replaceHead(options.head, classes: options.classes) }
        return network
    }

    /// Creates a freshly initialized network with the family's default options.
    public func makeNetwork(classes: Int) throws -> any ImageNetwork {
        try makeNetwork(NetworkOptions(classes: classes))
    }

    /// The options of a network into which published weights, or a file of such weights, are loaded.
    ///
    /// - Parameters:
    ///   - classes: The number of classes.
    ///   - imageSize: The side of the images; nil for the family's default.
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

    /// The network with this name, or nil if there is none.
    public static func named(_ name: String) -> Architecture? { all.first { $0.name == name } }
}
