public import Classifier

extension TrainingConfiguration {
    /// The weights that training begins with, and the part that is trained.
    public struct NetworkSettings: Sendable, Codable, Equatable {
        /// The weights that training begins with. A custom network has no pretrained weights and begins with random
        /// ones.
        public var initialWeights: InitialWeights
        /// The smallest fraction of the network's values before the head that a file loaded in part must have, 0 to 1.
        public var minimumLoadedFraction: Double
        /// The layers after the features; nil for the network's own last layer, or for a head like that of the file
        /// that training starts from. The head is new in any case.
        public var head: Head?
        /// The probability of every dropout layer; nil leaves them as the network has them.
        public var dropout: Double?
        /// The part of the network that is trained.
        public var strategy: TrainingStrategy

        /// Creates settings of a network.
        public init(
            initialWeights: InitialWeights = .pretrained, minimumLoadedFraction: Double = 0.75, head: Head? = nil,
            dropout: Double? = nil, strategy: TrainingStrategy = .auto
        ) {
            self.initialWeights = initialWeights
            self.minimumLoadedFraction = minimumLoadedFraction
            self.head = head
            self.dropout = dropout
            self.strategy = strategy
        }
    }

    /// The weights that training begins with.
    public enum InitialWeights: Sendable, Equatable {
        /// The published weights that the model's name asks for.
        case pretrained
        /// Random weights.
        case random
        /// A checkpoint, `.pth` or safetensors. With `isPartial`, what fits is loaded. `stateKey` selects the state
        /// dict in a file that holds more than one.
        case file(path: String, isPartial: Bool, stateKey: String? = nil)
    }
}

extension TrainingConfiguration.InitialWeights: Codable {
    private struct File: Codable {
        let file: String
        let isPartial: Bool
        let stateKey: String?
    }

    /// Reads `"pretrained"`, `"random"`, or an object with `file`, `isPartial` and optionally `stateKey`.
    public init(from decoder: any Decoder) throws {
        if let file = try? File(from: decoder) {
            self = .file(path: file.file, isPartial: file.isPartial, stateKey: file.stateKey)
            return
        }
        let container = try decoder.singleValueContainer()
        switch try container.decode(String.self) {
        case "pretrained": self = .pretrained
        case "random": self = .random
        case let text:
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is neither pretrained nor random")
        }
    }

    /// Writes the same.
    public func encode(to encoder: any Encoder) throws {
        if case .file(let path, let isPartial, let stateKey) = self {
            return try File(file: path, isPartial: isPartial, stateKey: stateKey).encode(to: encoder)
        }
        var container = encoder.singleValueContainer()
        try container.encode(self == .random ? "random" : "pretrained")
    }
}
