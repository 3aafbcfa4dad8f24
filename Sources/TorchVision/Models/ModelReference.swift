public import Images

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
    /// - Throws: `ModelReferenceError` for a name that does not exist, with those that come near, and for a file
    ///   that describes no network.
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
                description: "no network is called '\(text.printable)'; nearest of the \(Architecture.all.count) names "
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
                    ? "no weights are published for \(name)"
                    : "\(name) has no weights called '\(parts[1].printable)'; there are "
                        + names.joined(separator: ", "))
        }
        self.weights = weights
    }

    /// The notation.
    public var description: String { weights.map { "\(architecture.name):\($0.name)" } ?? architecture.name }
}

/// A name of a network or of its weights that does not exist.
public struct ModelReferenceError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, for programs.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The name of the code.
        public let rawValue: String

        /// The code of a name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// No network has this name.
        public static let unknownModel = Self(rawValue: "unknownModel")
        /// The network has no published weights of this name.
        public static let unknownWeights = Self(rawValue: "unknownWeights")
        /// No weights are published for the network.
        public static let noWeights = Self(rawValue: "noWeights")
        /// The file does not describe a network, or can't be read.
        public static let invalidDescription = Self(rawValue: "invalidDescription")
    }

    /// What is wrong.
    public let code: Code
    /// What was asked for.
    public let name: String
    /// What there is in its place.
    public let suggestions: [String]
    /// What was asked for and what there is.
    public let description: String
}

/// Published weights as one value: where they lie, how pictures are prepared for them, and how good they are.
///
/// It follows torchvision's `Weights` enumerations.
public struct PretrainedWeights: Sendable {
    /// The name in torchvision's enumeration, `IMAGENET1K_V1`.
    public let name: String
    /// Address, file name and SHA-256.
    public internal(set) var file: WeightsFile
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
