internal import TorchNN

/// A network that can be asked for by name, with the weights that are published for it.
public struct Architecture: Sendable {
    /// The name, torchvision's where it has the network.
    public let name: String
    /// One line for people: what it is.
    public let summary: String
    /// The published weights. A plain name asks for the first, as torchvision's `pretrained=True` does.
    public let weights: [PretrainedWeights]
    /// Which of the weights torchvision calls `DEFAULT`.
    public let defaultWeights: String?
    /// How pictures are prepared where no weights tell.
    public let preprocessing: Preprocessing
    /// The number of parameters with the head for `classes` of the original, and that number of classes.
    public let parameterCount: Int
    private let build: @Sendable (Int) throws -> any ImageNetwork

    init(
        _ name: String, summary: String, parameterCount: Int, preprocessing: Preprocessing = .imageNet,
        weights: [PretrainedWeights] = [], defaultWeights: String? = nil,
        build: @escaping @Sendable (_ classes: Int) throws -> any ImageNetwork
    ) {
        self.name = name
        self.summary = summary
        self.parameterCount = parameterCount
        self.preprocessing = preprocessing
        self.weights = weights
        self.defaultWeights = defaultWeights ?? weights.first?.name
        self.build = build
    }

    /// A freshly initialised network, by LibTorch's generator.
    public func makeNetwork(classes: Int) throws -> any ImageNetwork { try build(classes) }

    /// All networks, family by family.
    public static let all: [Architecture] =
        AlexNet.architectures + VGG.architectures + ResNet.architectures + MobileNetV2.architectures
        + SmallCNN.architectures

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

    /// Reads the notation.
    ///
    /// - Throws: `ModelReferenceError` for a name that does not exist, with those that do.
    public init(_ text: String) throws(ModelReferenceError) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard let name = parts.first, let architecture = Architecture.named(name) else {
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
