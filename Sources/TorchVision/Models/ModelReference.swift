public import Images

/// A network and its weights in text form: `resnet50`, `resnet50:IMAGENET1K_V2`, `resnet50:DEFAULT`.
public struct ModelReference: Sendable, CustomStringConvertible {
    /// The network.
    public let architecture: Architecture
    /// The selected weights; nil for a network without published weights.
    public let weights: PretrainedWeights?

    /// Creates a reference to a network with its first published weights, if any. Networks of your program have none.
    public init(_ architecture: Architecture) {
        (self.architecture, weights) = (architecture, architecture.weights.first)
    }

    /// Parses the notation, or reads the file of a network description if the text is a path.
    ///
    /// - Throws: `ModelReferenceError` for an unknown name, with similar names, and for a file that does not describe a
    ///   network.
    public init(_ text: String) throws(ModelReferenceError) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard let name = parts.first, let architecture = Architecture.named(name) else {
            if let described = try Architecture(describedAt: text) {
                (self.architecture, weights) = (described, nil)
                return
            }
            let near = Array(Architecture.all.map(\.name).nearest(to: parts.first ?? "", count: 5))
            throw ModelReferenceError(
                code: .unknownModel, name: text, suggestions: near,
                description: "unknown network '\(text.printable)'; most similar of the \(Architecture.all.count) names "
                    + "are \(near.joined(separator: ", "))")
        }
        self.architecture = architecture
        guard parts.count == 2 else {
            weights = architecture.weights.first
            return
        }
        let wanted = parts[1] == "DEFAULT" ? architecture.defaultWeights : parts[1]
        guard let weights = architecture.weights.first(where: { $0.name == wanted }) else {
            let names = architecture.weights.isEmpty ? [] : architecture.weights.map(\.name) + ["DEFAULT"]
            throw ModelReferenceError(
                code: names.isEmpty ? .noWeights : .unknownWeights, name: text, suggestions: names,
                description: names.isEmpty
                    ? "\(name) has no published weights"
                    : "\(name) has no weights '\(parts[1].printable)'; available: "
                        + names.joined(separator: ", "))
        }
        self.weights = weights
    }

    /// The notation.
    public var description: String { weights.map { "\(architecture.name):\($0.name)" } ?? architecture.name }
}

/// An error for an unknown name of a network or of its weights.
public struct ModelReferenceError: Error, Sendable, CustomStringConvertible {
    /// The kind of error.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name of the code.
        public let rawValue: String

        /// Creates a code with a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// There is no network with this name.
        public static let unknownModel = Self(rawValue: "unknownModel")
        /// The network has no published weights with this name.
        public static let unknownWeights = Self(rawValue: "unknownWeights")
        /// The network has no published weights.
        public static let noWeights = Self(rawValue: "noWeights")
        /// The file does not describe a network, or cannot be read.
        public static let invalidDescription = Self(rawValue: "invalidDescription")
    }

    /// The kind of error.
    public let code: Code
    /// The requested name.
    public let name: String
    /// The available alternatives.
    public let suggestions: [String]
    /// A message with the requested name and the alternatives.
    public let description: String
}

/// Published weights: their location, the preprocessing of images, and their accuracy.
///
/// It follows torchvision's `Weights` enumerations.
public struct PretrainedWeights: Sendable {
    /// The name in torchvision's enumeration, `IMAGENET1K_V1`.
    public let name: String
    /// The URL, file name and SHA-256.
    public internal(set) var file: WeightsFile
    /// The preprocessing of images.
    public let preprocessing: Preprocessing
    /// The published accuracy on ImageNet's validation set, in percent; nil if the classifier is not usable.
    public let accuracy: (top1: Double, top5: Double)?
    /// The multiply-adds for one image, in billions.
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
