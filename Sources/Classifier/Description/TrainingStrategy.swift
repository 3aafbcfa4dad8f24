/// Which parts of a network are trained.
public enum TrainingStrategy: Sendable, Codable, Equatable, CustomStringConvertible {
    /// Chosen by the number of images: few train the head, more the last stages, many everything.
    case auto
    /// The head alone: the network serves as a fixed feature extractor. For few images.
    case frozen
    /// The last stages, as many as given, the head among them. For a medium number of images.
    case last(Int)
    /// Everything. For many images, at a lower learning rate.
    case all
    /// The head alone for this many epochs, then everything at a tenth of the rate, as fastai's `fine_tune` does.
    case gradual(headEpochs: Int)

    /// Reads `auto`, `frozen`, `last:2`, `all`, `gradual`, `gradual:2`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let count = parts.count == 2 ? Int(parts[1]) : nil
        switch (String(parts.first ?? ""), parts.count) {
        case ("auto", 1): self = .auto
        case ("frozen", 1): self = .frozen
        case ("all", 1): self = .all
        case ("gradual", 1): self = .gradual(headEpochs: 1)
        case ("last", 2):
            guard let count, count >= 1 else { return nil }
            self = .last(count)
        case ("gradual", 2):
            guard let count, count >= 1 else { return nil }
            self = .gradual(headEpochs: count)
        default: return nil
        }
    }

    /// `frozen`, `last:2`, `all`, `gradual:1`.
    public var description: String {
        switch self {
        case .auto: "auto"
        case .frozen: "frozen"
        case .last(let count): "last:\(count)"
        case .all: "all"
        case .gradual(let count): "gradual:\(count)"
        }
    }

    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let strategy = TrainingStrategy(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no strategy is called '\(text)'")
        }
        self = strategy
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
